// Where every workspace is drawn: children inside their parent, in slots that are remembered. Pure: the same org and
// the same memory give the same picture, and a fresh look at the same org does not depend on the order of its data.

import { LEAF, measure, type Group, type Size } from "./measure";
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
  children: readonly string[];
}

/** The picture, and what the next one has to remember. */
export interface Layout {
  /** Each workspace before its children, siblings in the order of reading. */
  places: ReadonlyMap<string, Place>;
  /** The slots of each group, by its parent; the roots' under the empty id. */
  slots: ReadonlyMap<string, Slots>;
}

// The platform's own canvas (its sizes of node, header, sides and gutter), so that the picture is a known one.
const TEAM = { width: 360, height: 200 };
const HEADER = 130;
const SIDE = 16;
const GUTTER = 14;
/** Teams and lone workspaces of the org stand further apart than those of a team. */
const ROOT_GUTTER = 40;
const ROOT = "";

/** The picture of the workspaces, as like the previous one as can be. */
export function arrange(workspaces: Iterable<Member>, previous?: Layout): Layout {
  const tree = treeOf(workspaces);
  const groups = new Map<string, Group>();
  const sizeOf = (id: string) => sizeAround(groups.get(id));
  const add = (id: string, members: readonly string[], gutter: number) => {
    groups.set(id, measure({ ...split(members, tree), sizeOf }, gutter, previous?.slots.get(id)));
  };
  for (const id of innermostFirst(tree)) {
    add(id, tree.children.get(id) ?? [], GUTTER);
  }
  add(ROOT, tree.roots, ROOT_GUTTER);
  return {
    places: draw(groups, sizeOf, previous),
    slots: new Map([...groups].map(([id, group]) => [id, group.slots])),
  };
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
        height: Math.max(TEAM.height, HEADER + group.height + SIDE),
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
  previous: Layout | undefined,
): Map<string, Place> {
  const places = new Map<string, Place>();
  const open: Omit<Place, "width" | "height" | "children">[] = [];
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
    const children = groups.get(id)?.offsets.map(([child]) => child) ?? [];
    const place: Place = { ...next, ...sizeOf(id), children };
    const before = previous?.places.get(id);
    places.set(id, before && same(before, place) ? before : place);
    enter(id, place, x + SIDE, y + HEADER);
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
    a.children.length === b.children.length &&
    a.children.every((id, at) => id === b.children[at])
  );
}
