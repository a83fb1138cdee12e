// Workspaces that stand where somebody put them: the platform's own positions, as far as they do not overlap, and those
// that the user moved. Everybody else keeps their slot. Pure.

import type { Group, Size } from "./measure";

/** A point in the org's own coordinates. */
export interface Point {
  x: number;
  y: number;
}

/** What is taken lies in cells of this size, so that thousands of boxes are compared with their neighbours alone. */
const CELL = 256;
/** Who has no position begins on a line of this grid, so that a small move on the platform does not shift them. */
const LINE = 200;

/** Those positions at which nobody overlaps who comes before in the order of the map. */
export function apart(
  wanted: ReadonlyMap<string, Point>,
  sizeOf: (id: string) => Size,
): ReadonlyMap<string, Point> {
  const cells = new Map<string, (Point & Size)[]>();
  const kept = new Map<string, Point>();
  for (const [id, at] of wanted) {
    const box = { ...at, ...sizeOf(id) };
    const around = [...cellsOf(box)].map((key) => {
      const cell = cells.get(key) ?? [];
      cells.set(key, cell);
      return cell;
    });
    if (around.some((cell) => cell.some((other) => overlaps(box, other)))) {
      continue;
    }
    kept.set(id, at);
    for (const cell of around) {
      cell.push(box);
    }
  }
  return kept;
}

function* cellsOf({ x, y, width, height }: Point & Size): Generator<string> {
  for (let column = Math.floor(x / CELL); column * CELL < x + width; column++) {
    for (let row = Math.floor(y / CELL); row * CELL < y + height; row++) {
      yield `${column},${row}`;
    }
  }
}

function overlaps(a: Point & Size, b: Point & Size): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The group with `fixed` at their own places and all others below those. */
export function withFixed(
  group: Group,
  fixed: ReadonlyMap<string, Point>,
  sizeOf: (id: string) => Size,
  gutter: number,
): Group {
  if (fixed.size === 0) {
    return group;
  }
  const placed = [...fixed].sort(([, a], [, b]) => a.y - b.y || a.x - b.x);
  let [left, bottom, right] = [Infinity, -Infinity, -Infinity];
  for (const [id, { x, y }] of placed) {
    const { width, height } = sizeOf(id);
    left = Math.min(left, x);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  const below = group.offsets.length > 0 ? Math.ceil((bottom + gutter) / LINE) * LINE : bottom;
  const offsets = [
    ...placed.map(([id, { x, y }]) => [id, x, y] as const),
    ...group.offsets.map(([id, x, y]) => [id, left + x, below + y] as const),
  ];
  return {
    slots: group.slots,
    offsets,
    width: Math.max(right, left + group.width),
    height: group.offsets.length > 0 ? below + group.height : bottom,
  };
}

/** The group with some of its members moved; the slots that they left stay theirs. `corner` is where the group begins. */
export function withMoved(
  group: Group,
  moved: ReadonlyMap<string, Point>,
  corner: Point,
  sizeOf: (id: string) => Size,
): Group {
  if (!group.offsets.some(([id]) => moved.has(id))) {
    return group;
  }
  let { width, height } = group;
  const offsets = group.offsets.map((offset) => {
    const [id] = offset;
    const to = moved.get(id);
    if (!to) {
      return offset;
    }
    const size = sizeOf(id);
    const [x, y] = [to.x - corner.x, to.y - corner.y];
    width = Math.max(width, x + size.width);
    height = Math.max(height, y + size.height);
    return [id, x, y] as const;
  });
  return { slots: group.slots, offsets, width, height };
}
