// The drawn layer as a sheet that is larger than the view: while one pans it is slid under the view, and only what comes
// into sight is drawn. It says what that is, and draws nothing. Pure.

import type { Point } from "../layout/pins";
import type { Box } from "../layout/spatial";
import type { Camera, Extent } from "./camera";

/**
 * So many pixels of the page are beyond each edge of the view: a number that is whole in pixels of the device at all the
 * usual sizes of those, because what lies between them would be blurred.
 */
export const BEYOND = 120;
/** So much more is drawn than must be, in pixels: a strip for each step of the hand would be many. */
const AHEAD = 40;

/** The sheet; every place on it is one of the view from where it was drawn. */
export class Sheet {
  #camera: Camera | null = null;
  #held: Box = { x: 0, y: 0, width: 0, height: 0 };

  /** The part of it that is drawn. */
  get held(): Box {
    return this.#held;
  }

  /** That part is drawn now, and nothing beyond. */
  renew(camera: Camera, held: Box): void {
    this.#camera = camera;
    this.#held = held;
  }

  /** From where it was drawn, and how far it is slid for the view from there; null when it has to be drawn anew. */
  slide(to: Camera): { from: Camera; by: Point } | null {
    const from = this.#camera;
    if (from?.zoom !== to.zoom) {
      return null;
    }
    const by = { x: to.x - from.x, y: to.y - from.y };
    return Math.max(Math.abs(by.x), Math.abs(by.y)) <= BEYOND ? { from, by } : null;
  }

  /** The strips that have to be drawn before the view is whole when the sheet is slid so far; they count as drawn. */
  grow(by: Point, { width, height }: Extent): Box[] {
    const strips: Box[] = [];
    const [left, right] = reach(this.#held.x, this.#held.width, -by.x, width);
    for (const [x, end] of [
      [left, this.#held.x],
      [this.#held.x + this.#held.width, right],
    ] as const) {
      if (end > x) {
        strips.push({ ...this.#held, x, width: end - x });
      }
    }
    this.#held = { ...this.#held, x: left, width: right - left };
    const [top, bottom] = reach(this.#held.y, this.#held.height, -by.y, height);
    for (const [y, end] of [
      [top, this.#held.y],
      [this.#held.y + this.#held.height, bottom],
    ] as const) {
      if (end > y) {
        strips.push({ ...this.#held, y, height: end - y });
      }
    }
    this.#held = { ...this.#held, y: top, height: bottom - top };
    return strips;
  }
}

/** The part of the sheet, as far as whole pixels of the device: where one ends between two of them a seam would be seen. */
export function onPixels({ x, y, width, height }: Box, ratio: number): Box {
  const before = (at: number) => Math.floor((at + BEYOND) * ratio) / ratio - BEYOND;
  const after = (at: number) => Math.ceil((at + BEYOND) * ratio) / ratio - BEYOND;
  const [left, top] = [before(x), before(y)];
  return { x: left, y: top, width: after(x + width) - left, height: after(y + height) - top };
}

/** From where to where a side is drawn, that was from `at` on, when the view begins at `view`. */
function reach(at: number, size: number, view: number, length: number): [number, number] {
  const start = view < at ? Math.max(-BEYOND, Math.floor(view) - AHEAD) : at;
  const end = view + length > at + size ? Math.min(length + BEYOND, Math.ceil(view + length) + AHEAD) : at + size;
  return [start, end];
}
