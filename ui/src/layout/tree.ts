// Who stands inside whom, out of data that may be wrong: a parent that nobody knows is none, and a circle of parents
// is cut at its smallest id. The order of the data does not matter.

/** What the tree needs to know of a workspace. */
export interface Member {
  id: string;
  name: string;
  ours: boolean;
  parent_id: string | null;
  /** Where the platform draws it, in its canvas' own coordinates; none where it leaves that to the canvas. */
  place: { x: number; y: number } | null;
}

/** The org as a forest. */
export interface Tree {
  /** Those without a parent, in order. */
  roots: readonly string[];
  /** The children of each that has some, in order. */
  children: ReadonlyMap<string, readonly string[]>;
  /** The parent of each that has one. */
  parents: ReadonlyMap<string, string>;
}

// One language, so that the order does not depend on the machine.
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The order of siblings where none is remembered: ours first, then by name, then by id. */
function byRank(a: Member, b: Member): number {
  return Number(b.ours) - Number(a.ours) || collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

/** The forest of the workspaces. */
export function treeOf(workspaces: Iterable<Member>): Tree {
  const members = [...workspaces].sort(byRank);
  const parents = parentsOf(members);
  const roots: string[] = [];
  const children = new Map<string, string[]>();
  for (const { id } of members) {
    const parent = parents.get(id);
    const siblings = parent === undefined ? roots : children.get(parent);
    if (siblings) {
      siblings.push(id);
    } else if (parent !== undefined) {
      children.set(parent, [id]);
    }
  }
  return { roots, children, parents };
}

function parentsOf(members: readonly Member[]): Map<string, string> {
  const known = new Set(members.map((member) => member.id));
  const parents = new Map<string, string>();
  for (const { id, parent_id: parent } of members) {
    if (parent !== null && known.has(parent)) {
      parents.set(id, parent);
    }
  }
  cutCircles(parents);
  return parents;
}

function cutCircles(parents: Map<string, string>): void {
  const sound = new Set<string>();
  for (const start of parents.keys()) {
    const path: string[] = [];
    const seen = new Set<string>();
    let at: string | undefined = start;
    while (at !== undefined && !sound.has(at) && !seen.has(at)) {
      path.push(at);
      seen.add(at);
      at = parents.get(at);
    }
    if (at !== undefined && seen.has(at)) {
      const circle = path.slice(path.indexOf(at));
      parents.delete(circle.reduce((least, id) => (id < least ? id : least)));
    }
    for (const id of path) {
      sound.add(id);
    }
  }
}
