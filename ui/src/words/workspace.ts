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

/** Since when it has been silent; null while it is heard of, or nothing is known. */
export function silence({ state, last_seen: lastSeen, since, suspect }: OrgWorkspace): string | null {
  const here = state === "online" || state === "degraded";
  if (here && !suspect) {
    return null;
  }
  const seen = momentOf(lastSeen, "minute");
  if (here) {
    return seen && `no sign of life since ${seen}`;
  }
  const began = seen ? null : momentOf(since, "minute");
  return seen ? `last seen ${seen}` : began && `since ${began}`;
}

/** What a card has room for beside name, role and state. */
export interface CardLines {
  /** Since when it has been silent. */
  quiet: string | null;
  /** What stands out, the most urgent first. */
  strips: readonly (readonly ["error" | "task", string])[];
  /** The first of its skills, in one line, and how many more there are. */
  skills: readonly string[];
  more: number;
}

/** §9 of the platform's look. */
const MOST_SKILLS = 4;
/** A card's line in characters, and what a label takes beside its own; a little less than there is room for. */
const LINE = 34;
const LABEL = 3;

/** Where it says how long it has been silent there is room for one strip, and beside two of them for no skills. */
export function cardLines(workspace: OrgWorkspace): CardLines {
  const quiet = silence(workspace);
  const { error, current_task: task, skills } = workspace;
  const all = [["error", error] as const, ["task", task] as const];
  const strips = all.flatMap(([kind, text]) => (text ? [[kind, text] as const] : [])).slice(0, quiet ? 1 : 2);
  const shown = strips.length + Number(quiet !== null) < 2 ? fitting(skills) : 0;
  return { quiet, strips, skills: skills.slice(0, shown), more: shown > 0 ? skills.length - shown : 0 };
}

/** How many of these fit into the line, one at least. */
function fitting(names: readonly string[]): number {
  let room = LINE;
  let fits = 0;
  for (const name of names.slice(0, MOST_SKILLS)) {
    room -= name.length + LABEL;
    if (room < (fits + 1 < names.length ? LABEL : 0) && fits > 0) {
      break;
    }
    fits += 1;
  }
  return fits;
}

/** How many changes are told one by one. */
const TOLD = 3;

/** What changed, in a sentence: each of a few, or how many of many came to what. `total` is how many there are. */
export function transitions(moved: readonly { name: string; to: string }[], total: number): string {
  if (moved.length <= TOLD) {
    return moved.map(({ name, to }) => plain(`${name} is ${workspaceLook(to).word.toLowerCase()}`)).join(", ");
  }
  const counts = new Map<string, number>();
  for (const { to } of moved) {
    counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  const parts = [...counts].map(([to, some]) => `${some} are ${workspaceLook(to).word.toLowerCase()}`);
  return plain(`${moved.length} of ${count(total, "workspace")} changed: ${parts.join(", ")}`);
}

/** How many there are. */
export function census(total: number, online: number): string {
  return total === 0 ? "No workspaces" : `${count(total, "workspace")}, ${online} online`;
}
