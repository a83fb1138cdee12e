// The states' marks as small bitmaps: drawn once per look and size, then copied.

import { MARK, markPaths, type Stroke } from "../parts/mark-paths";
import type { Look } from "../words/look";
import type { Palette } from "./palette";

/** The widths of `state-mark.css`. */
const WIDTHS: Readonly<Record<Stroke["kind"], number>> = { fill: 0, line: 1.75, thick: 2.25, faint: 1.75, glow: 0 };
/** As faint as `state-mark.css` has it. */
const FAINT = 0.3;
/** As faint as it has the glow. */
const GLOW = 0.22;
/** Sizes are in steps of so many pixels, so that a zoom needs few of them. */
const STEP = 2;

/** The bitmaps made so far; thrown away with the palette. */
export class Sprites {
  readonly #palette: Palette;
  readonly #made = new Map<string, CanvasImageSource>();

  constructor(palette: Palette) {
    this.#palette = palette;
  }

  /** Draws the mark with its middle at x, y, `size` pixels of the screen wide. */
  draw(context: CanvasRenderingContext2D, look: Look, x: number, y: number, size: number, ratio: number): void {
    const pixels = Math.max(STEP, Math.round((size * ratio) / STEP) * STEP);
    const key = `${look.shape} ${look.tone} ${pixels}`;
    let sprite = this.#made.get(key);
    if (!sprite) {
      sprite = this.#make(look, pixels);
      this.#made.set(key, sprite);
    }
    // On whole pixels and as large as it is: then it is copied and not computed.
    const side = pixels / ratio;
    const on = (at: number) => Math.round((at - side / 2) * ratio) / ratio;
    context.drawImage(sprite, on(x), on(y), side, side);
  }

  #make({ shape, tone }: Look, pixels: number): CanvasImageSource {
    const sprite = new OffscreenCanvas(pixels, pixels);
    const context = sprite.getContext("2d");
    if (!context) {
      return sprite;
    }
    context.scale(pixels / MARK, pixels / MARK);
    context.lineCap = "round";
    context.fillStyle = this.#palette.tones[tone];
    context.strokeStyle = this.#palette.tones[tone];
    for (const { path, kind } of markPaths[shape]) {
      const drawing = new Path2D(path);
      context.globalAlpha = kind === "faint" ? FAINT : kind === "glow" ? GLOW : 1;
      if (kind === "fill" || kind === "glow") {
        context.fill(drawing);
      } else {
        context.lineWidth = WIDTHS[kind];
        context.stroke(drawing);
      }
    }
    // A bitmap is copied as it is; a canvas would be looked at anew each time.
    return sprite.transferToImageBitmap();
  }
}
