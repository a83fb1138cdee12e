// Which places lie in a part of the org: an index over the layout, made once per layout, asked in each frame.

import Flatbush from "flatbush";

import type { Layout, Place } from "./arrange";

/** A rectangle in the org's own coordinates. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The index of one layout. */
export class Spatial {
  readonly #places: readonly Place[];
  readonly #tree: Flatbush | null;
  /** What holds every place; nothing in an empty org. */
  readonly bounds: Box | null;

  constructor({ places }: Layout) {
    this.#places = [...places.values()];
    if (this.#places.length === 0) {
      this.#tree = null;
      this.bounds = null;
      return;
    }
    const tree = new Flatbush(this.#places.length);
    for (const { x, y, width, height } of this.#places) {
      tree.add(x, y, x + width, y + height);
    }
    tree.finish();
    this.#tree = tree;
    this.bounds = { x: tree.minX, y: tree.minY, width: tree.maxX - tree.minX, height: tree.maxY - tree.minY };
  }

  /** How many places there are. */
  get size(): number {
    return this.#places.length;
  }

  /** The places that lie at least partly in the box, each after the one that it stands inside. */
  within({ x, y, width, height }: Box): Place[] {
    const found = this.#tree?.search(x, y, x + width, y + height) ?? [];
    // The layout lists parents before children.
    found.sort((a, b) => a - b);
    return found.map((at) => this.#places[at]).filter((place) => place !== undefined);
  }

  /** The innermost place at a point. */
  at(x: number, y: number): Place | null {
    return this.within({ x, y, width: 0, height: 0 }).at(-1) ?? null;
  }
}

const known = new WeakMap<Layout, Spatial>();

/** The index of the layout, made at the first question. */
export function spatialOf(layout: Layout): Spatial {
  const before = known.get(layout);
  if (before) {
    return before;
  }
  const made = new Spatial(layout);
  known.set(layout, made);
  return made;
}
