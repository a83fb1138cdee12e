// Where a workspace stands that somebody drags, as the layout remembers it.

import { GROUP_CORNER, type Place } from "./arrange";
import type { Point } from "./pins";

/** The place after a drag by so much, from the corner of its team; never outside of that, nor on its head. */
export function moveTarget(places: ReadonlyMap<string, Place>, place: Place, by: Point): Point {
  const parent = place.parent === null ? undefined : places.get(place.parent);
  const [x, y] = [Math.round(place.x + by.x), Math.round(place.y + by.y)];
  return parent
    ? { x: Math.max(GROUP_CORNER.x, x - parent.x), y: Math.max(GROUP_CORNER.y, y - parent.y) }
    : { x, y };
}
