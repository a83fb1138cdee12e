// How a group is laid out: its slots as boxes, and the form (columns of the grid, teams below or beside) in which it
// fits a window best. A form is kept until it is far from the best, so that the picture does not turn over.

import { gridSlots, teamColumns, type Slots } from "./slots";

/** A width and a height, in the org's own coordinates. */
export interface Size {
  width: number;
  height: number;
}

/** A group as measured: its slots, and where its members stand in it, in the order of reading. */
export interface Group extends Size {
  slots: Slots;
  offsets: readonly (readonly [id: string, x: number, y: number])[];
}

/** What a group is measured from; both lists in order. */
export interface Members {
  leaves: readonly string[];
  teams: readonly string[];
  sizeOf: (id: string) => Size;
}

/** A workspace without children, as large as on the platform's own canvas. */
export const LEAF: Size = { width: 240, height: 130 };

/** A window beside the panel is about so much wider than high. */
const WINDOW = 1.3;
/** How much more room than the best form a kept form may need. */
const PATIENCE = 1.5;
/** §9 of the platform's look: a team's grid has two columns at least. */
const LEAST_COLUMNS = 2;

type Form = Pick<Slots, "gridColumns" | "teamsBeside">;

/** The group, as like the remembered one as can be. */
export function measure({ leaves, teams, sizeOf }: Members, gutter: number, previous: Slots | undefined): Group {
  const grid = gridSlots(leaves, previous?.grid ?? []);
  const columns = teamColumns(teams, (id) => sizeOf(id).height, previous?.teams ?? []);
  const block = placeTeams(columns, sizeOf, gutter);
  const form = formOf(grid.length, block, gutter, previous);
  const gridSize = sizeOfGrid(grid.length, form.gridColumns, gutter);
  const [left, top] = teamsCorner(gridSize, form, gutter);
  const offsets: (readonly [string, number, number])[] = [];
  grid.forEach((id, slot) => {
    if (id !== null) {
      const [column, row] = [slot % form.gridColumns, Math.floor(slot / form.gridColumns)];
      offsets.push([id, column * (LEAF.width + gutter), row * (LEAF.height + gutter)]);
    }
  });
  for (const [id, x, y] of block.offsets) {
    offsets.push([id, left + x, top + y]);
  }
  return { slots: { grid, ...form, teams: columns }, offsets, ...together(gridSize, block, form, gutter) };
}

function placeTeams(columns: Slots["teams"], sizeOf: (id: string) => Size, gutter: number) {
  const offsets: [string, number, number][] = [];
  let [x, width, height] = [0, 0, 0];
  for (const column of columns) {
    let y = 0;
    for (const id of column) {
      const size = sizeOf(id);
      offsets.push([id, x, y]);
      width = Math.max(width, x + size.width);
      height = Math.max(height, y + size.height);
      y += size.height + gutter;
    }
    x = width + gutter;
  }
  return { offsets, width, height };
}

/** With room for whole rows, so that a group does not grow wider when its row fills. */
function sizeOfGrid(slots: number, columns: number, gutter: number): Size {
  const rows = Math.ceil(slots / columns);
  return rows === 0
    ? { width: 0, height: 0 }
    : {
        width: columns * (LEAF.width + gutter) - gutter,
        height: rows * (LEAF.height + gutter) - gutter,
      };
}

function teamsCorner(grid: Size, { teamsBeside }: Form, gutter: number): [left: number, top: number] {
  if (grid.width === 0) {
    return [0, 0];
  }
  return teamsBeside ? [grid.width + gutter, 0] : [0, grid.height + gutter];
}

function together(grid: Size, teams: Size, form: Form, gutter: number): Size {
  if (teams.width === 0) {
    return grid;
  }
  const [left, top] = teamsCorner(grid, form, gutter);
  return {
    width: Math.max(grid.width, left + teams.width),
    height: Math.max(grid.height, top + teams.height),
  };
}

/** The remembered form, or the best one if that is much better. */
function formOf(slots: number, teams: Size, gutter: number, previous: Slots | undefined): Form {
  const room = (form: Form) => {
    const { width, height } = together(sizeOfGrid(slots, form.gridColumns, gutter), teams, form, gutter);
    return Math.max(width / WINDOW, height);
  };
  let best: Form = { gridColumns: LEAST_COLUMNS, teamsBeside: false };
  // A grid of more columns than this is wider than any window.
  const most = Math.max(LEAST_COLUMNS, Math.ceil(2 * Math.sqrt(slots)));
  for (let gridColumns = LEAST_COLUMNS; gridColumns <= most; gridColumns++) {
    for (const teamsBeside of [false, true]) {
      const form = { gridColumns, teamsBeside };
      best = room(form) < room(best) ? form : best;
    }
  }
  const stays = previous && room(previous) <= PATIENCE * room(best);
  return stays ? { gridColumns: previous.gridColumns, teamsBeside: previous.teamsBeside } : best;
}
