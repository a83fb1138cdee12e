// The drawings of the states' marks, in a square of 12: for the page's own marks and for the drawn Canvas.

import type { Shape } from "../words/look";

/** One stroke or area of a drawing. */
export interface Stroke {
  path: string;
  kind: "fill" | "line" | "thick" | "faint" | "glow";
}

/** The square's side. */
export const MARK = 12;

const circle = (radius: number) =>
  `M${6 - radius} 6a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;

/** Each shape, from back to front. */
export const markPaths: Readonly<Record<Shape, readonly Stroke[]>> = {
  disc: [
    { path: circle(6), kind: "glow" },
    { path: circle(3.75), kind: "fill" },
  ],
  ring: [{ path: circle(3.75), kind: "line" }],
  target: [
    { path: circle(4.25), kind: "line" },
    { path: circle(1.5), kind: "fill" },
  ],
  half: [
    { path: circle(4), kind: "faint" },
    { path: "M6 2a4 4 0 0 1 4 4", kind: "line" },
  ],
  triangle: [{ path: "M6 1.2 11.3 10.6H.7Z", kind: "fill" }],
  cross: [{ path: "M2.5 2.5l7 7m0-7l-7 7", kind: "thick" }],
  bars: [{ path: "M3.75 2v8m4.5-8v8", kind: "thick" }],
  moon: [{ path: "M4.6 1A5.2 5.2 0 1 0 11 7.4 4.6 4.6 0 0 1 4.6 1Z", kind: "fill" }],
  minus: [{ path: "M2 6h8", kind: "thick" }],
  square: [{ path: "M3.5 2h5A1.5 1.5 0 0 1 10 3.5v5A1.5 1.5 0 0 1 8.5 10h-5A1.5 1.5 0 0 1 2 8.5v-5A1.5 1.5 0 0 1 3.5 2Z", kind: "fill" }],
  slash: [
    { path: circle(4), kind: "line" },
    { path: "M3 9l6-6", kind: "line" },
  ],
  bang: [{ path: "M6 1.5v5.2M6 10v.4", kind: "thick" }],
};
