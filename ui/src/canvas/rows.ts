// The rows of the list: whom it shows, and in which order. Pure.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { byUrgency } from "../words/look";

/** A column of the list. */
export type Column = "name" | "role" | "state" | "task" | "tasks" | "tier" | "seen" | "team";

/** By which column, and which way. */
export interface Order {
  by: Column;
  down: boolean;
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The rows of those states (or of all), in order. Whoever has nothing in the column comes last, whichever way it is. */
export function rowsOf(
  workspaces: ReadonlyMap<string, OrgWorkspace>,
  states: ReadonlySet<string>,
  { by, down }: Order,
): readonly OrgWorkspace[] {
  const rows = [...workspaces.values()].filter(({ state }) => states.size === 0 || states.has(state));
  const keys = new Map(rows.map((row) => [row, keyOf(row, by, workspaces)]));
  const turn = down ? -1 : 1;
  return rows.sort((one, other) => {
    const [a, b] = [keys.get(one) ?? null, keys.get(other) ?? null];
    if (a === null || b === null) {
      return Number(a === null) - Number(b === null) || collator.compare(one.name, other.name);
    }
    return turn * compare(a, b, by) || collator.compare(one.name, other.name) || (one.id < other.id ? -1 : 1);
  });
}

function keyOf(
  { name, role, state, current_task: task, active_tasks: tasks, tier, last_seen: seen, parent_id: parent }: OrgWorkspace,
  by: Column,
  workspaces: ReadonlyMap<string, OrgWorkspace>,
): string | number | null {
  switch (by) {
    case "name":
      return name;
    case "role":
      return role;
    case "state":
      return state;
    case "task":
      return task;
    case "tasks":
      return tasks;
    case "tier":
      return tier;
    case "seen":
      return seen;
    case "team":
      return workspaces.get(parent ?? "")?.name ?? null;
  }
}

function compare(a: string | number, b: string | number, by: Column): number {
  if (typeof a === "number" && typeof b === "number") {
    return a - b;
  }
  return by === "state" ? byUrgency(String(a), String(b)) : collator.compare(String(a), String(b));
}
