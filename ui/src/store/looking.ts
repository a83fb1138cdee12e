// What the user looks at in each profile's Canvas. What they arranged for themselves (collapsed teams, moved
// workspaces) is kept by the host, on this laptop; whether they like map or list by the window. The org itself knows
// nothing of either.

import type { Arrangement } from "../generated/Arrangement";
import type { Rearrange } from "../generated/Rearrange";
import type { Point } from "../layout/pins";
import type { Wishes } from "../layout/arrange";
import type { Host } from "../host/host";
import type { Shared } from "./context";
import type { ModelStore } from "./model";

/** What one profile's Canvas shows, and how. */
export interface Looking extends Wishes {
  /** The workspace whose details are open. */
  selected: string | null;
  /** What stands beside the Canvas. */
  side: "laptop" | "workspace" | "timeline";
  /** The states that are shown clearly; all where there are none. */
  states: ReadonlySet<string>;
  as: "map" | "list";
  /** Whether lines show who spoke to whom. */
  calls: boolean;
  legend: boolean;
  searching: boolean;
  /** Who has to be in sight now: a new object each time. */
  reveal: { id: string; keyboard: boolean } | null;
}

const KEY = "ligand-canvas:";

const begin: Looking = {
  selected: null,
  side: "laptop",
  states: new Set(),
  as: "map",
  calls: false,
  legend: false,
  searching: false,
  reveal: null,
  collapsed: new Set(),
  moved: new Map(),
};

/** What is looked at in that profile's Canvas. */
export function lookingAt(looks: Readonly<Record<string, Looking>>, profile: string): Looking {
  return looks[profile] ?? begin;
}

/** Looks at something else, or in another way. */
export function look(store: ModelStore, profile: string, change: Partial<Looking>): void {
  const before = lookingAt(store.getState().looks, profile);
  const now = { ...before, ...change };
  store.setState(({ looks }) => ({ looks: { ...looks, [profile]: now } }));
  if (now.collapsed !== before.collapsed || now.moved !== before.moved) {
    store.getState().orgs[profile]?.wish(now);
  }
  keep(profile, now);
}

/** Opens a workspace's details; none closes them, and leaves what else stands beside the Canvas. */
export function select(store: ModelStore, profile: string, id: string | null): void {
  const { side } = lookingAt(store.getState().looks, profile);
  const beside = side === "workspace" ? "laptop" : side;
  look(store, profile, { selected: id, side: id === null ? beside : "workspace" });
}

/** Opens a workspace that was found elsewhere, and has the map go there; teams that hide it are opened. */
export function goTo({ store, host }: Shared, profile: string, id: string, keyboard = false): void {
  const { workspaces } = store.getState().orgs[profile]?.view ?? {};
  const collapsed = new Set(lookingAt(store.getState().looks, profile).collapsed);
  const seen = new Set<string>();
  const opened: Record<string, boolean> = {};
  for (let at = workspaces?.get(id)?.parent_id; at && !seen.has(at); at = workspaces?.get(at)?.parent_id) {
    seen.add(at);
    if (collapsed.delete(at)) {
      opened[at] = false;
    }
  }
  const hidden = Object.keys(opened).length > 0;
  if (hidden) {
    tell(host, profile, { collapsed: opened });
  }
  const reveal = { id, keyboard };
  look(store, profile, { ...(hidden && { collapsed }), selected: id, side: "workspace", reveal, searching: false });
}

/** Draws a team as one card, or with all who stand in it again. */
export function toggleTeam({ store, host }: Shared, profile: string, id: string): void {
  const collapsed = new Set(lookingAt(store.getState().looks, profile).collapsed);
  const shut = !collapsed.delete(id);
  if (shut) {
    collapsed.add(id);
  }
  look(store, profile, { collapsed });
  tell(host, profile, { collapsed: { [id]: shut } });
}

/** Moves a workspace to a place of its own, from the corner of the team that it stands in; in our view alone. */
export function move({ store, host }: Shared, profile: string, id: string, to: Point): void {
  const moved = new Map(lookingAt(store.getState().looks, profile).moved);
  look(store, profile, { moved: moved.set(id, to) });
  tell(host, profile, { moved: { [id]: to } });
}

/** Puts back whoever was moved. */
export function tidy({ store, host }: Shared, profile: string): void {
  look(store, profile, { moved: new Map() });
  tell(host, profile, { tidy: true });
}

function tell(host: Host, profile: string, change: Rearrange): void {
  host.rearrange(profile, change).catch(() => {
    // It is seen here all the same; the host says how it keeps it when it is heard again.
  });
}

/** The same with the arrangement that the host keeps. */
export function withArrangement(looking: Looking, { moved, collapsed }: Arrangement): Looking {
  const now = {
    collapsed: new Set(collapsed),
    moved: new Map(Object.entries(moved)),
  };
  const same =
    now.collapsed.size === looking.collapsed.size &&
    collapsed.every((id) => looking.collapsed.has(id)) &&
    now.moved.size === looking.moved.size &&
    [...now.moved].every(([id, { x, y }]) => looking.moved.get(id)?.x === x && looking.moved.get(id)?.y === y);
  return same ? looking : { ...looking, ...now };
}

/** What was kept of a profile's Canvas. */
export function recalled(profile: string): Looking {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(KEY + profile) ?? "null");
    return typeof kept === "object" && kept !== null ? { ...begin, ...sound(kept) } : begin;
  } catch {
    return begin;
  }
}

function keep(profile: string, { as, calls, legend }: Looking): void {
  try {
    window.localStorage.setItem(KEY + profile, JSON.stringify({ as, calls, legend }));
  } catch {
    // A browser that keeps nothing: then it is as it was at the next start.
  }
}

/** What is right of what was kept: it may be of another version, or of somebody's own hand. */
function sound(kept: object): Partial<Looking> {
  const { as, calls, legend } = kept as Record<keyof Looking, unknown>;
  return { as: as === "list" ? "list" : "map", calls: calls === true, legend: legend === true };
}
