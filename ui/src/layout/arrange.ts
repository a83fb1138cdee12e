// Where every workspace is drawn: children inside their parent, in slots that are remembered. Pure: the same org and
// the same memory give the same picture, and a fresh look at the same org does not depend on the order of its data.

import { LEAF, measure, type Group, type Size } from "./measure";
import { apart, withFixed, withMoved, type Point } from "./pins";
import type { Slots } from "./slots";
import { treeOf, type Member, type Tree } from "./tree";

/** Where one workspace is drawn, in the org's own coordinates, and where it stands. */
export interface Place {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
  /** How many workspaces it stands inside. */
  depth: number;
  parent: string | null;
  /** Those drawn right inside it. */
  children: readonly string[];
  /** How many stand right inside it, drawn or not: a team that is collapsed draws none. */
  inside: number;
}

/** What the user wants of the picture. */
export interface Wishes {
  /** Teams that are drawn as one card. */
  collapsed: ReadonlySet<string>;
  /** Where workspaces were moved to, from the corner of the team that they stand in. */
  moved: ReadonlyMap<string, Point>;
}

/** No wishes. */
export const NO_WISHES: Wishes = { collapsed: new Set(), moved: new Map() };

/** The picture, and what the next one has to remember. */
export interface Layout {
  /** Each workspace before its children, siblings in the order of reading. */
  places: ReadonlyMap<string, Place>;
  /** The slots of each group, by its parent; the roots' under the empty id. */
  slots: ReadonlyMap<string, Slots>;
}

// The platform's own canvas (its sizes of node, sides and gutter), so that the picture is a known one.
const TEAM = { width: 360, height: 200 };
/** How high a team's head is, for whom no position is known: as much as its lines need, less than the platform's. */
export const TEAM_HEAD = 88;
const SIDE = 16;
const GUTTER = 14;
/** Teams and lone workspaces of the org stand further apart than those of a team. */
const ROOT_GUTTER = 40;
const ROOT = "";
const NO_CORNER: Point = { x: 0, y: 0 };
/** Where those inside a team begin, from the team's own corner. */
export const GROUP_CORNER: Point = { x: SIDE, y: TEAM_HEAD };
/** No team of the platform's own canvas is as wide or as high. */
const FAR = 20_000;

/** The picture of the workspaces, as like the previous one as can be. */
export function arrange(workspaces: Iterable<Member>, previous?: Layout, wishes: Wishes = NO_WISHES): Layout {
  const members = new Map<string, Member>();
  for (const workspace of workspaces) {
    members.set(workspace.id, workspace);
  }
  const tree = treeOf(members.values());
  const groups = new Map<string, Group>();
  const sizeOf = (id: string) => (wishes.collapsed.has(id) ? LEAF : sizeAround(groups.get(id)));
  const add = (id: string, ids: readonly string[], gutter: number) => {
    const fixed = apart(positions(ids, members, members.get(id)), sizeOf);
    const { leaves, teams } = split(ids.filter((member) => !fixed.has(member)), tree);
    const group = measure({ leaves, teams, sizeOf }, gutter, previous?.slots.get(id));
    groups.set(id, withMoved(withFixed(group, fixed, sizeOf, gutter), wishes.moved, id === ROOT ? NO_CORNER : GROUP_CORNER, sizeOf));
  };
  for (const id of innermostFirst(tree)) {
    add(id, tree.children.get(id) ?? [], GUTTER);
  }
  add(ROOT, tree.roots, ROOT_GUTTER);
  return {
    places: draw(groups, sizeOf, wishes.collapsed, previous),
    slots: new Map([...groups].map(([id, group]) => [id, group.slots])),
  };
}

/** Where the platform says that they stand, from the corner at which those inside `parent` begin. */
function positions(
  ids: readonly string[],
  members: ReadonlyMap<string, Member>,
  parent: Member | undefined,
): ReadonlyMap<string, Point> {
  const found = new Map<string, Point>();
  const corner = parent?.place;
  if (parent && !corner) {
    return found;
  }
  for (const id of ids) {
    const at = members.get(id)?.place;
    const offset = at && corner ? { x: at.x - corner.x - SIDE, y: at.y - corner.y - TEAM_HEAD } : at;
    // One that says to stand outside of its parent is a leftover of the time before it had that parent.
    if (offset && (!corner || (offset.x >= 0 && offset.y >= 0 && offset.x < FAR && offset.y < FAR))) {
      found.set(id, offset);
    }
  }
  return found;
}

/** Those with children, each after the ones inside it: a team is as large as what it holds. */
function innermostFirst({ roots, children }: Tree): string[] {
  const order: string[] = [];
  const open = [...roots];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const inside = children.get(id);
    if (inside) {
      order.push(id);
      open.push(...inside);
    }
  }
  return order.reverse();
}

function sizeAround(group: Group | undefined): Size {
  return group
    ? {
        width: Math.max(TEAM.width, group.width + 2 * SIDE),
        height: Math.max(TEAM.height, TEAM_HEAD + group.height + SIDE),
      }
    : LEAF;
}

/** Those of a group with children and those without. */
function split(ids: readonly string[], { children }: Tree): { leaves: string[]; teams: string[] } {
  return { leaves: ids.filter((id) => !children.has(id)), teams: ids.filter((id) => children.has(id)) };
}

/** Parents before children, because a child stands where its parent does. Places that stay are the same objects. */
function draw(
  groups: ReadonlyMap<string, Group>,
  sizeOf: (id: string) => Size,
  collapsed: ReadonlySet<string>,
  previous: Layout | undefined,
): Map<string, Place> {
  const places = new Map<string, Place>();
  const open: Omit<Place, "width" | "height" | "children" | "inside">[] = [];
  const enter = (id: string, parent: Place | null, left: number, top: number) => {
    // The last one is taken first.
    for (const [child, x, y] of [...(groups.get(id)?.offsets ?? [])].reverse()) {
      const depth = parent ? parent.depth + 1 : 0;
      open.push({ id: child, x: left + x, y: top + y, depth, parent: parent?.id ?? null });
    }
  };
  enter(ROOT, null, 0, 0);
  for (let next = open.pop(); next; next = open.pop()) {
    const { id, x, y } = next;
    const within = groups.get(id)?.offsets ?? [];
    const shut = collapsed.has(id);
    const children = shut ? [] : within.map(([child]) => child);
    const place: Place = { ...next, ...sizeOf(id), children, inside: within.length };
    const before = previous?.places.get(id);
    places.set(id, before && same(before, place) ? before : place);
    if (!shut) {
      enter(id, place, x + SIDE, y + TEAM_HEAD);
    }
  }
  return places;
}

function same(a: Place, b: Place): boolean {
  return (
    a.x === b.x &&
    a.y === b.y &&
    a.width === b.width &&
    a.height === b.height &&
    a.depth === b.depth &&
    a.parent === b.parent &&
    a.inside === b.inside &&
    a.children.length === b.children.length &&
    a.children.every((id, at) => id === b.children[at])
  );
}
