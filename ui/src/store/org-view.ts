// One profile's org as the Canvas shows it: workspaces by id, their places, and how many there are.

import type { Org } from "../generated/Org";
import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { arrange, type Layout } from "../layout/arrange";
import { share } from "./sharing";

/** An org, ready to be shown. */
export interface OrgView {
  /** Why it is not the whole org, or not up to date. */
  note: string | null;
  /** When the platform said it, RFC 3339. */
  asOf: string | null;
  live: boolean;
  workspaces: ReadonlyMap<string, OrgWorkspace>;
  layout: Layout;
  /** How many of the workspaces are online. */
  online: number;
}

/** What the host said, with everything that stayed as it was taken from the previous view. */
export function orgView(previous: OrgView | undefined, org: Org): OrgView {
  const workspaces = sharedWorkspaces(previous?.workspaces, org.workspaces);
  const layout =
    previous && sameShape(previous.workspaces, workspaces)
      ? previous.layout
      : arrange(workspaces.values(), previous?.layout);
  let online = 0;
  for (const { state } of workspaces.values()) {
    online += Number(state === "online");
  }
  return { note: org.note, asOf: org.as_of, live: org.live, workspaces, layout, online };
}

function sharedWorkspaces(
  previous: ReadonlyMap<string, OrgWorkspace> | undefined,
  next: readonly OrgWorkspace[],
): ReadonlyMap<string, OrgWorkspace> {
  const workspaces = new Map(
    next.map((workspace) => [workspace.id, share(previous?.get(workspace.id), workspace)]),
  );
  const unchanged =
    previous?.size === workspaces.size &&
    [...workspaces].every(([id, workspace]) => previous.get(id) === workspace);
  return unchanged ? previous : workspaces;
}

/** Whether who is there, inside whom, and which is ours, stayed: then every place stays. */
function sameShape(a: ReadonlyMap<string, OrgWorkspace>, b: ReadonlyMap<string, OrgWorkspace>): boolean {
  if (a === b) {
    return true;
  }
  if (a.size !== b.size) {
    return false;
  }
  for (const [id, now] of b) {
    const before = a.get(id);
    if (before?.parent_id !== now.parent_id || before.ours !== now.ours) {
      return false;
    }
  }
  return true;
}
