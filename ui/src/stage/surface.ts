// The page's part of the stage: the drawn layer with its ground of dots, and the layer of elements that goes with it.

import { TEAM_HEAD, type Place } from "../layout/arrange";
import type { Point } from "../layout/pins";
import type { Box } from "../layout/spatial";
import type { Camera, Extent } from "./camera";
import { Painter } from "./paint";
import { readPalette } from "./palette";
import type { Scene } from "./scene";
import { BEYOND, onPixels, Sheet } from "./sheet";

/** §9 of the platform's look: the ground has a dot every so many units. */
const GAP = 24;
/** No dots are nearer to each other, in pixels. */
const LEAST_GAP = 18;
/** Of a team that changed, its head is drawn anew, at least so many pixels of it: far away its name is larger than the head. */
const HEAD = 60;
/** Lines and rings reach so far beyond a place, in pixels, and the flag of this laptop, in the org's own units. */
const EDGE = 3;
export const FLAG = 10;

/** What is to be drawn. */
export interface Drawing {
  camera: Camera;
  extent: Extent;
  /** All, or where these are. */
  damage: "all" | readonly Place[];
  /** What there is in a part of the screen, seen from there. */
  sceneOf: (camera: Camera, part: Box) => Scene;
}

/** The surface. */
export class Surface {
  readonly #canvas: HTMLCanvasElement;
  readonly #layer: HTMLElement;
  readonly #sheet = new Sheet();
  #painter: Painter | null = null;

  constructor(canvas: HTMLCanvasElement, layer: HTMLElement) {
    this.#canvas = canvas;
    this.#layer = layer;
    canvas.style.setProperty("--beyond", `${BEYOND}px`);
    this.repalette();
  }

  /** What draws; nothing where the page cannot draw. */
  get painter(): Painter | null {
    return this.#painter;
  }

  /** The view's size in pixels of the page. */
  get extent(): Extent {
    const { clientWidth, clientHeight } = this.#canvas;
    return { width: Math.max(0, clientWidth - 2 * BEYOND), height: Math.max(0, clientHeight - 2 * BEYOND) };
  }

  /** Reads the colours anew. */
  repalette(): void {
    const context = this.#canvas.getContext("2d");
    this.#painter = context && new Painter(context, readPalette(this.#canvas));
  }

  /** Takes the size on; it is empty afterwards. */
  resize({ width, height }: Extent): void {
    this.#canvas.width = Math.round((width + 2 * BEYOND) * window.devicePixelRatio);
    this.#canvas.height = Math.round((height + 2 * BEYOND) * window.devicePixelRatio);
  }

  /** Moves the elements with the camera: as a whole, nothing in them changes. */
  move({ x, y, zoom }: Camera, moving: boolean): void {
    this.#layer.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
    this.#layer.style.willChange = moving ? "transform" : "auto";
  }

  /** Has the view from there drawn: all of it anew, or what came into sight and where these are. */
  draw({ camera, extent, damage, sceneOf }: Drawing): void {
    const painter = this.#painter;
    const ratio = window.devicePixelRatio;
    if (!painter || extent.width === 0) {
      return;
    }
    const slid = damage === "all" ? null : this.#sheet.slide(camera);
    if (damage === "all" || !slid) {
      const view = onPixels({ x: 0, y: 0, ...extent }, ratio);
      this.#lie(camera);
      this.#sheet.renew(camera, view);
      painter.paint(sceneOf(camera, view), view);
      return;
    }
    const { from, by } = slid;
    const parts = this.#sheet.grow(by, extent);
    this.#slide(by);
    for (const place of damage) {
      const part = partOf(place, from, this.#sheet.held);
      if (part) {
        parts.push(part);
      }
    }
    for (const part of parts.map((each) => onPixels(each, ratio))) {
      painter.repaint(sceneOf(from, part), part);
    }
  }

  /** The sheet lies as it was drawn, and its ground with it. */
  #lie({ x, y, zoom }: Camera): void {
    const gap = groundGap(zoom);
    const { style } = this.#canvas;
    style.transform = "none";
    style.backgroundPosition = `${BEYOND + x - gap / 2}px ${BEYOND + y - gap / 2}px`;
    style.backgroundSize = `${gap}px ${gap}px`;
  }

  /** Slides the sheet so far from where it was drawn, by whole pixels of the device. */
  #slide({ x, y }: Point): void {
    const ratio = window.devicePixelRatio;
    this.#canvas.style.transform = `translate(${Math.round(x * ratio) / ratio}px, ${Math.round(y * ratio) / ratio}px)`;
  }

  /** The view stands still: what depends on the zoom is drawn sharply. */
  settle({ zoom }: Camera): void {
    this.#layer.style.willChange = "auto";
    this.#layer.style.setProperty("--node-zoom", `${zoom}`);
  }
}

/** The part of the screen in which a change of that workspace is drawn; null when nothing of it is in `seen`. */
function partOf(place: Place, { x, y, zoom }: Camera, seen: Box): Box | null {
  const all = place.height * zoom;
  const high = place.children.length > 0 ? Math.min(all, Math.max(HEAD, TEAM_HEAD * zoom)) : all;
  const over = Math.ceil(FLAG * zoom) + EDGE;
  const part = {
    x: Math.floor(place.x * zoom + x) - EDGE,
    y: Math.floor(place.y * zoom + y) - over,
    width: Math.ceil(place.width * zoom) + 2 * EDGE,
    height: Math.ceil(high) + over + EDGE,
  };
  const touches =
    part.x < seen.x + seen.width &&
    part.y < seen.y + seen.height &&
    part.x + part.width > seen.x &&
    part.y + part.height > seen.y;
  return touches ? part : null;
}

function groundGap(zoom: number): number {
  let gap = GAP * zoom;
  while (gap < LEAST_GAP) {
    gap *= 2;
  }
  return gap;
}
