// How long the view takes to move.

/** The platform's own canvas takes as long, in milliseconds. */
const PAN = 400;

/** The time of a move, in milliseconds: none for who wants no motion. */
export function panTime(): number {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : PAN;
}
