// Which workspace an arrow key leads to: the nearest in its direction by geometry, never one that stands around it or
// inside it (Enter and Shift+Enter lead there).

import type { Place } from "./arrange";

/** Where to. */
export type Direction = "up" | "down" | "left" | "right";

/** A step aside counts as much as this many steps ahead, so that rows and columns are followed. */
const ASIDE = 2;

/** The nearest workspace in that direction, if there is one. */
export function neighbour(
  places: ReadonlyMap<string, Place>,
  from: Place,
  direction: Direction,
): Place | null {
  let nearest: Place | null = null;
  let least = Infinity;
  for (const place of places.values()) {
    const ahead = distanceAhead(from, place, direction);
    if (ahead < 0 || contains(place, from) || contains(from, place)) {
      continue;
    }
    const distance = ahead + ASIDE * distanceAside(from, place, direction);
    if (distance < least) {
      [nearest, least] = [place, distance];
    }
  }
  return nearest;
}

/** From edge to edge; below zero for what does not lie in that direction. */
function distanceAhead(from: Place, to: Place, direction: Direction): number {
  switch (direction) {
    case "right":
      return to.x - (from.x + from.width);
    case "left":
      return from.x - (to.x + to.width);
    case "down":
      return to.y - (from.y + from.height);
    case "up":
      return from.y - (to.y + to.height);
  }
}

/** Between the corners at which reading begins, across the direction. */
function distanceAside(from: Place, to: Place, direction: Direction): number {
  return direction === "left" || direction === "right" ? Math.abs(to.y - from.y) : Math.abs(to.x - from.x);
}

function contains(outer: Place, inner: Place): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}
