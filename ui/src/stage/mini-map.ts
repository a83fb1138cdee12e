// Draws the small map: teams as frames, every workspace as a dot in the tone of its state.

import type { Place } from "../layout/arrange";
import { spatialOf, type Box } from "../layout/spatial";
import type { OrgView } from "../store/org-store";
import { workspaceLook, type Tone } from "../words/look";
import { viewOf, type Camera } from "./camera";
import { readPalette, type Palette } from "./palette";

/** Its size in pixels. */
export const MAP = { width: 168, height: 112 };
const EDGE = 6;
/** No dot is smaller, in pixels. */
const LEAST = 1.2;

/** How the org lies on the map. */
export function mapScale(bounds: Box): Camera {
  const zoom = Math.min(
    (MAP.width - 2 * EDGE) / Math.max(1, bounds.width),
    (MAP.height - 2 * EDGE) / Math.max(1, bounds.height),
  );
  return {
    x: (MAP.width - bounds.width * zoom) / 2 - bounds.x * zoom,
    y: (MAP.height - bounds.height * zoom) / 2 - bounds.y * zoom,
    zoom,
  };
}

/** The small map on its canvas. */
export class MiniMap {
  readonly #context: CanvasRenderingContext2D | null;
  readonly #palette: Palette;

  /** Begins with nothing on it, in the colours of now. */
  constructor(canvas: HTMLCanvasElement) {
    const ratio = window.devicePixelRatio;
    canvas.width = MAP.width * ratio;
    canvas.height = MAP.height * ratio;
    this.#context = canvas.getContext("2d");
    this.#context?.scale(ratio, ratio);
    this.#palette = readPalette(canvas);
  }

  /** Draws the org as it is now. */
  draw(org: OrgView): void {
    const { bounds } = spatialOf(org.layout);
    if (bounds) {
      this.#context?.clearRect(0, 0, MAP.width, MAP.height);
      this.#places(org, spatialOf(org.layout).within(bounds), mapScale(bounds));
    }
  }

  /** Draws these as they are now: of ten thousand only a few change at a time. */
  redraw(org: OrgView, ids: Iterable<string>): void {
    const context = this.#context;
    const { layout } = org;
    const { bounds } = spatialOf(layout);
    if (!context || !bounds) {
      return;
    }
    const scale = mapScale(bounds);
    for (const id of ids) {
      const place = layout.places.get(id);
      // A team is a frame without a state.
      if (!place || place.children.length > 0) {
        continue;
      }
      const box = onMap(place, scale);
      const [x, y] = [Math.floor(box.x), Math.floor(box.y)];
      const part = { x, y, width: Math.ceil(box.width) + 2, height: Math.ceil(box.height) + 2 };
      context.save();
      context.beginPath();
      context.rect(part.x, part.y, part.width, part.height);
      context.clip();
      context.clearRect(part.x, part.y, part.width, part.height);
      this.#places(org, spatialOf(layout).within(viewOf({ ...scale, x: scale.x - x, y: scale.y - y }, part)), scale);
      context.restore();
    }
  }

  #places({ workspaces }: OrgView, places: readonly Place[], scale: Camera): void {
    const context = this.#context;
    if (!context) {
      return;
    }
    const tones = new Map<Tone, Box[]>();
    context.fillStyle = this.#palette.edge;
    context.globalAlpha = 0.14;
    for (const place of places) {
      const box = onMap(place, scale);
      if (place.children.length > 0) {
        context.fillRect(box.x, box.y, box.width, box.height);
        continue;
      }
      const { tone } = workspaceLook(workspaces.get(place.id)?.state ?? "");
      const boxes = tones.get(tone);
      if (boxes) {
        boxes.push(box);
      } else {
        tones.set(tone, [box]);
      }
    }
    context.globalAlpha = 0.85;
    for (const [tone, boxes] of tones) {
      context.fillStyle = this.#palette.tones[tone];
      for (const box of boxes) {
        context.fillRect(box.x, box.y, Math.max(LEAST, box.width - 0.4), Math.max(LEAST, box.height - 0.4));
      }
    }
  }
}

function onMap({ x, y, width, height }: Box, { x: left, y: top, zoom }: Camera): Box {
  return { x: x * zoom + left, y: y * zoom + top, width: width * zoom, height: height * zoom };
}
