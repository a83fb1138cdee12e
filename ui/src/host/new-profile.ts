// What goes to the host when a workspace is added. It holds secrets: it is made for the one request and kept nowhere.

import type { ExposureConfig } from "../generated/ExposureConfig";

/** What answers a profile's calls. */
export type NewAgent =
  | { kind: "echo" }
  | { kind: "attach"; url: string }
  | { kind: "command"; argv: string[]; dir: string }
  | { kind: "exec"; argv: string[]; dir: string }
  | { kind: "claude"; dir: string; tools: string[] };

/** A profile of a workspace that exists. */
export interface NewProfile {
  name: string;
  connection: { platform_url: string; workspace_id: string; auth_token: string };
  org_id: string | null;
  relay: string | null;
  /** Where no relay is named; with neither, Ligand finds the way by itself. */
  exposure: ExposureConfig | null;
  /** None for a profile that is connected again and keeps its own. */
  agent: NewAgent | null;
}

/** A workspace that is to be made in the org, and the profile for it. */
export interface NewWorkspace {
  name: string;
  platform: string;
  org_key: string;
  keep_org_key: boolean;
  workspace: { name: string; role: string | null };
  org_id: string | null;
  relay: string | null;
  exposure: ExposureConfig | null;
  agent: NewAgent;
}
