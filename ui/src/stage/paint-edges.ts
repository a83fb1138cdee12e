// Who spoke to whom, as lines over the teams and under the workspaces.

import type { Place } from "../layout/arrange";
import type { Box } from "../layout/spatial";
import type { Palette } from "./palette";
import type { Scene } from "./scene";

/** How far a line bends aside, as a part of its length, so that there and back are two lines. */
const BEND = 0.12;
/** From this zoom on there is room for words. */
const WORDS = 0.45;
/** From so many lines on they are drawn without words. */
const MANY = 200;

/** Words reach so far beyond their line, in pixels. */
const WIDE = 80;

/** Draws the edges whose ends are both on the Canvas, as far as they are seen in that part of the screen. */
export function paintEdges(context: CanvasRenderingContext2D, palette: Palette, scene: Scene, part: Box): void {
  const { camera, edges, places } = scene;
  context.lineWidth = Math.max(1, 1.5 * Math.min(1, camera.zoom * 2));
  const middle = ({ x, y, width, height, children }: Place) => ({
    x: (x + width / 2) * camera.zoom + camera.x,
    // A team is spoken to at its head.
    y: (y + (children.length > 0 ? 40 : height / 2)) * camera.zoom + camera.y,
  });
  for (const { from, to, fresh, words } of edges) {
    const [source, target] = [places.get(from), places.get(to)];
    if (!source || !target || source === target) {
      continue;
    }
    const [a, b] = [middle(source), middle(target)];
    const bend = { x: (a.x + b.x) / 2 - (b.y - a.y) * BEND, y: (a.y + b.y) / 2 + (b.x - a.x) * BEND };
    const [xs, ys] = [[a.x, b.x, bend.x] as const, [a.y, b.y, bend.y] as const];
    if (!touches(xs, part.x, part.width) || !touches(ys, part.y, part.height)) {
      continue;
    }
    context.strokeStyle = fresh ? palette.edgeFresh : palette.edge;
    context.globalAlpha = fresh ? 0.95 : 0.55;
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.quadraticCurveTo(bend.x, bend.y, b.x, b.y);
    context.stroke();
    if (camera.zoom >= WORDS && edges.length <= MANY) {
      context.globalAlpha = 1;
      context.font = `500 10px ${palette.family}`;
      context.textBaseline = "middle";
      const at = { x: (a.x + b.x + 2 * bend.x) / 4, y: (a.y + b.y + 2 * bend.y) / 4 };
      const wide = context.measureText(words).width + 12;
      context.fillStyle = palette.surface;
      context.beginPath();
      context.roundRect(at.x - wide / 2, at.y - 9, wide, 18, 9);
      context.fill();
      context.fillStyle = palette.soft;
      context.fillText(words, at.x - wide / 2 + 6, at.y);
    }
  }
  context.globalAlpha = 1;
}

/** Whether what lies between these may be seen from `start` on. */
function touches(ends: readonly number[], start: number, length: number): boolean {
  return Math.max(...ends) > start - WIDE && Math.min(...ends) < start + length + WIDE;
}
