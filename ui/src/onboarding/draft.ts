// What was said so far while a workspace is added. It lives in the page's memory alone, and is gone when the screen is
// left: nothing is stored before the host has it all.

import type { ExposureConfig } from "../generated/ExposureConfig";
import type { NewAgent, NewProfile, NewWorkspace } from "../host/new-profile";
import { argvOf } from "../words/argv";
import type { Block } from "../words/block";
import {
  addressOf,
  judgeAgent,
  judgeFolder,
  judgeListen,
  judgeName,
  judgeOrgId,
  judgePlatform,
  judgeProfile,
  judgePublic,
  judgeRelay,
  judgeSecret,
  judgeTools,
  judgeWorkspace,
  toolsOf,
} from "../words/judge";

/** How the workspace comes about. */
export type Door = "paste" | "create" | "try";

/** What answers: one that was found is named by its address. */
export type AgentChoice = "found" | "address" | "exec" | "command" | "claude" | "echo";

/** How calls reach this laptop. */
export type ExposureChoice = "auto" | "relay" | "cloudflared" | "ngrok" | "url";

/** What was said so far. */
export interface Draft {
  door: Door | null;
  /** Of the pasted block or a link. */
  block: Block | null;
  /** Typed where the block has none. */
  token: string;
  platform: string;
  orgKey: string;
  keepKey: boolean;
  workspaceName: string;
  role: string;
  orgId: string;
  agent: AgentChoice;
  agentUrl: string;
  commandLine: string;
  folder: string;
  tools: string;
  exposure: ExposureChoice;
  relay: string;
  /** The public address of one's own, and where it leads to. */
  publicUrl: string;
  listen: string;
  /** The profile's name on this laptop. */
  profile: string;
}

/** The steps of a door, in order. */
export const steps = ["door", "details", "agent", "exposure", "review"] as const;

/** Those of a workspace that is here already: its agent and its way in stay as they are. */
export const stepsAgain: readonly Step[] = ["door", "details", "review"];

/** One step. */
export type Step = (typeof steps)[number];

/** Where the host listens, unless it is said otherwise. */
export const LISTEN = "127.0.0.1:8474";

/** A draft about which nothing was said, but what a link brought. */
export function emptyDraft(
  platform: string | null,
  workspace: string | null,
): Omit<Draft, "profile"> & { profile: string | null } {
  const linked = platform !== null && workspace !== null;
  return {
    door: linked ? "paste" : null,
    block: linked ? { platform, workspace, token: null } : null,
    token: "",
    platform: "",
    orgKey: "",
    keepKey: false,
    workspaceName: "",
    role: "",
    orgId: "",
    agent: "echo",
    agentUrl: "",
    commandLine: "",
    folder: "",
    tools: "",
    exposure: "auto",
    relay: "",
    publicUrl: "",
    listen: LISTEN,
    profile: null,
  };
}

/** A name for a new profile that is free: `work`, `work-2` … */
export function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? "work" : `work-${number}`;
    if (!taken.includes(name)) {
      return name;
    }
  }
}

/** Whether a step has all that it needs. */
export function isDone(step: Step, draft: Draft, taken: readonly string[]): boolean {
  switch (step) {
    case "door":
      return draft.door !== null && draft.door !== "try";
    case "details":
      if (!judgeOrgId(draft.orgId).good) {
        return false;
      }
      return draft.door === "create"
        ? judgePlatform(draft.platform).good &&
            judgeSecret(draft.orgKey).good &&
            draft.workspaceName.trim() !== "" &&
            judgeName(draft.workspaceName).good
        : draft.block !== null &&
            judgePlatform(draft.block.platform).good &&
            judgeWorkspace(draft.block.workspace).good &&
            judgeSecret(tokenOf(draft)).good;
    case "agent":
      return agentOf(draft) !== null;
    case "exposure":
      return exposureOf(draft) !== null;
    case "review":
      return judgeProfile(draft.profile, taken).good;
  }
}

function tokenOf({ block, token }: Draft): string {
  return block?.token ?? token.trim();
}

/** What was said of the agent. */
export type AgentDraft = Pick<Draft, "agent" | "agentUrl" | "commandLine" | "folder" | "tools">;

/** What answers, once enough of it was said. */
export function agentOf({ agent, agentUrl, commandLine, folder, tools }: AgentDraft): NewAgent | null {
  const argv = argvOf(commandLine) ?? [];
  const dir = judgeFolder(folder).good ? folder.trim() : null;
  switch (agent) {
    case "echo":
      return { kind: "echo" };
    case "found":
    case "address":
      return judgeAgent(agentUrl).good ? { kind: "attach", url: agentAddress(agentUrl) } : null;
    case "exec":
    case "command":
      return argv.length > 0 && dir !== null ? { kind: agent, argv, dir } : null;
    case "claude":
      return dir !== null && judgeTools(tools).good ? { kind: "claude", dir, tools: toolsOf(tools) } : null;
  }
}

/** What was said of the way in. */
export type ExposureDraft = Pick<Draft, "exposure" | "relay" | "publicUrl" | "listen">;

/** How calls reach this laptop, once enough of it was said. */
export function exposureOf({ exposure: kind, relay, publicUrl, listen }: ExposureDraft): ExposureConfig | null {
  switch (kind) {
    case "auto":
      return { kind, url: null };
    case "relay":
      return judgeRelay(relay).good ? { kind, url: addressText(relay) } : null;
    case "url":
      return judgePublic(publicUrl).good && judgeListen(listen).good
        ? { kind, url: addressText(publicUrl), listen: listen.trim() }
        : null;
    case "cloudflared":
    case "ngrok":
      return { kind };
  }
}

/** The same as a request has it: a relay by its own name, and nothing for what Ligand does by itself. */
function wayOf(draft: Draft): Pick<NewProfile, "relay" | "exposure"> {
  const exposure = exposureOf(draft);
  return {
    relay: exposure?.kind === "relay" ? exposure.url : null,
    exposure: exposure === null || exposure.kind === "relay" || exposure.kind === "auto" ? null : exposure,
  };
}

function agentAddress(text: string): string {
  return text.includes("://") ? text.trim() : `http://${text.trim()}`;
}

/** An address as it goes to the host. */
export function addressText(text: string): string {
  return addressOf(text)?.href ?? text.trim();
}

/** A profile that is here. */
export interface Here {
  name: string;
  platform: string;
  workspace: string;
}

/** The one that serves the workspace of the block already; null where there is none. */
export function servedBy({ door, block }: Pick<Draft, "door" | "block">, here: readonly Here[]): string | null {
  if (door !== "paste" || !block) {
    return null;
  }
  const plain = (address: string) => addressText(address).replace(/\/+$/, "");
  const [id, platform] = [block.workspace.trim().toLowerCase(), plain(block.platform)];
  return here.find((each) => each.workspace === id && plain(each.platform) === platform)?.name ?? null;
}

/** What the host is asked to add, or to connect `again`; null while something is missing. */
export function newProfile(draft: Draft, again: string | null): NewProfile | null {
  const agent = again === null ? agentOf(draft) : null;
  if ((!agent && again === null) || !draft.block || draft.door !== "paste") {
    return null;
  }
  const way = again === null ? wayOf(draft) : { relay: null, exposure: null };
  return {
    name: again ?? draft.profile,
    connection: {
      platform_url: addressText(draft.block.platform),
      workspace_id: draft.block.workspace.trim(),
      auth_token: tokenOf(draft),
    },
    org_id: draft.orgId.trim() || null,
    ...way,
    agent,
  };
}

/** The workspace that the host is asked to make; null while something is missing, and where there is one. */
export function newWorkspace(draft: Draft): NewWorkspace | null {
  const agent = agentOf(draft);
  if (!agent || draft.door !== "create") {
    return null;
  }
  return {
    name: draft.profile,
    platform: addressText(draft.platform),
    org_key: draft.orgKey.trim(),
    keep_org_key: draft.keepKey,
    workspace: { name: draft.workspaceName.trim(), role: draft.role.trim() || null },
    org_id: draft.orgId.trim() || null,
    ...wayOf(draft),
    agent,
  };
}
