// Which slot of its group each workspace has, remembered: whoever is there keeps its slot, whoever comes takes a free
// one or the next, whoever goes leaves a hole. So one change moves nobody else.
//
// A group is the roots of the org or the children of one workspace: a grid of those without children, and below it or
// beside it columns of teams (those with children).

/** The remembered slots of one group. */
export interface Slots {
  /** The grid's slots, row by row; a hole is null. */
  grid: readonly (string | null)[];
  /** How many columns the grid has. */
  gridColumns: number;
  /** Whether the teams stand beside the grid or below it. */
  teamsBeside: boolean;
  /** The columns of teams, each from top to bottom. */
  teams: readonly (readonly string[])[];
}

/** Fewer than this share of slots in use is no grid any more but a scatter. */
const LEAST_USE = 0.5;

/** The slots of a group's grid, given those that were remembered. `leaves` are in order. */
export function gridSlots(
  leaves: readonly string[],
  previous: readonly (string | null)[],
): readonly (string | null)[] {
  const here = new Set(leaves);
  const slots = previous.map((id) => (id !== null && here.has(id) ? id : null));
  const placed = new Set(slots);
  let from = 0;
  for (const id of leaves) {
    if (placed.has(id)) {
      continue;
    }
    const hole = slots.indexOf(null, from);
    from = hole < 0 ? slots.length : hole;
    slots[from] = id;
  }
  while (slots.at(-1) === null) {
    slots.pop();
  }
  return leaves.length < slots.length * LEAST_USE ? leaves : slots;
}

/** The columns of a group's teams: the remembered ones, and each new team under the shortest. */
export function teamColumns(
  teams: readonly string[],
  heightOf: (id: string) => number,
  previous: Slots["teams"],
): readonly (readonly string[])[] {
  const here = new Set(teams);
  const columns = previous.map((column) => column.filter((id) => here.has(id))).filter((column) => column.length > 0);
  const placed = new Set(columns.flat());
  const wanted = Math.ceil(Math.sqrt(teams.length));
  const heights = columns.map((column) => column.reduce((sum, id) => sum + heightOf(id), 0));
  for (const id of teams) {
    if (placed.has(id)) {
      continue;
    }
    const at = columns.length < wanted ? columns.push([]) - 1 : heights.indexOf(Math.min(...heights));
    columns[at]?.push(id);
    heights[at] = (heights[at] ?? 0) + heightOf(id);
  }
  return columns;
}
