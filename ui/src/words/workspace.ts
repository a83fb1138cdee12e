// What the Canvas says of a workspace: for the eye and for the ear.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { count, momentOf } from "./figures";
import { workspaceLook } from "./look";
import { plain } from "./plain";

/** Everything of a node in one sentence, for who cannot see it. */
export function spoken(workspace: OrgWorkspace, inside: number): string {
  const { name, remote, ours, state, current_task: task, active_tasks: tasks, error } = workspace;
  const parts = [
    name,
    ours && "this laptop",
    remote && "remote",
    workspaceLook(state).word.toLowerCase(),
    inside > 0 && `${count(inside, "workspace")} inside`,
    task && `working on: ${task}`,
    tasks > 0 && count(tasks, "task"),
    error && `error: ${error}`,
  ];
  return plain(parts.filter(Boolean).join(", "));
}

/** Since when it has been silent; null while it is online or nothing is known. */
export function silence({ state, last_seen: lastSeen, since }: OrgWorkspace): string | null {
  if (state === "online" || state === "degraded") {
    return null;
  }
  const [seen, began] = [momentOf(lastSeen, "minute"), momentOf(since, "minute")];
  return seen ? `last seen ${seen}` : began && `since ${began}`;
}

/** How many there are. */
export function census(total: number, online: number): string {
  return total === 0 ? "No workspaces" : `${count(total, "workspace")}, ${online} online`;
}
