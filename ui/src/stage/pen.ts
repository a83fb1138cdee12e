// What everything on the drawn layer is drawn with: shapes, marks, writing and small filled labels. It keeps bitmaps and
// measured texts, which is a matter of speed alone.

import type { Look } from "../words/look";
import { GROWING, Lettering, scaleOf } from "./lettering";
import type { Label, Palette } from "./palette";
import { BEYOND } from "./sheet";
import { Sprites } from "./sprites";

/** How faint such a mark is, as in `workspace-node.css`. */
const UNSURE = 0.5;
/** No letters are of this size, in pixels. */
const MOST_SIZE = 1000;
/** Corners of less than this, in pixels, are not seen. */
const ROUND = 2;
/** A label's room beside its text, and its height, as multiples of its letters'. */
const LABEL = { side: 0.55, height: 1.6, corner: 0.4 };

/** The letters of something that is written. */
export interface Letters {
  /** In pixels. */
  size: number;
  weight: 400 | 600;
  /** Whether the size goes with the zoom: then the nearest of a few is taken. */
  grows?: boolean;
}

/** Where and how something is written. */
export interface Writing extends Letters {
  x: number;
  /** The middle of the line. */
  y: number;
  /** It is shortened to this width. */
  room: number;
  colour: string;
}

/** The pen. */
export class Pen {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly #sprites: Sprites;
  #ratio = 1;
  /** By weight and size; those that grow under no size. */
  readonly #lettering = new Map<number, Lettering>();

  constructor(context: CanvasRenderingContext2D, palette: Palette) {
    this.context = context;
    this.palette = palette;
    this.#sprites = new Sprites(palette);
  }

  /** Begins a frame, or a part of one, with so many pixels of the device in one of the page. */
  begin(ratio: number): void {
    this.#ratio = ratio;
    // Letters are as wide as they were measured, whatever their size, and as those of the elements are.
    this.context.textRendering = "geometricPrecision";
    this.#scale(1, 0, 0);
  }

  /** Begins the path of a box. */
  shape(x: number, y: number, width: number, height: number, radius: number): void {
    this.context.beginPath();
    if (radius < ROUND) {
      this.context.rect(x, y, width, height);
    } else {
      this.context.roundRect(x, y, width, height, radius);
    }
  }

  /** A state's mark with its middle at x, y, fainter when the state may be another by now. */
  mark(look: Look, x: number, y: number, size: number, unsure = false): void {
    const { context } = this;
    const alpha = context.globalAlpha;
    context.globalAlpha = unsure ? alpha * UNSURE : alpha;
    this.#sprites.draw(context, look, x, y, size, this.#ratio);
    context.globalAlpha = alpha;
  }

  /** Writes as much as there is room for. */
  write(text: string, writing: Writing): void {
    const { x, y, room, size, grows, colour } = writing;
    if (room < size * 1.5) {
      return;
    }
    const { context } = this;
    const letters = this.#letters(writing);
    const scale = grows ? scaleOf(size) : 1;
    const fitted = letters.fit(context, text, scale, room);
    context.font = letters.font;
    context.fillStyle = colour;
    context.textBaseline = "middle";
    if (!grows) {
      context.fillText(fitted, x, y);
      return;
    }
    this.#scale(scale, x, y);
    context.fillText(fitted, 0, 0);
    this.#scale(1, 0, 0);
  }

  /** Writes on a ground of its own that begins at x, as wide as the text needs, or so wide, and no wider than the room; its
   *  width. */
  label(text: string, writing: Omit<Writing, "colour">, { fill, text: colour }: Label, wide?: number): number {
    const { x, y, room, size } = writing;
    const side = size * LABEL.side;
    const width = Math.min(room, wide ?? this.labelWidth(text, writing));
    if (width <= 2 * side) {
      return 0;
    }
    const height = size * LABEL.height;
    this.context.fillStyle = fill;
    this.shape(x, y - height / 2, width, height, size * LABEL.corner);
    this.context.fill();
    this.write(text, { ...writing, x: x + side, room: width - side, colour });
    return width;
  }

  /** How wide a label with that text is. */
  labelWidth(text: string, letters: Letters): number {
    return this.width(text, letters) + 2 * letters.size * LABEL.side;
  }

  /** How wide that text is. */
  width(text: string, letters: Letters): number {
    return this.#letters(letters).width(this.context, text, letters.grows ? scaleOf(letters.size) : 1);
  }

  /** From here on that place of the view is where everything begins, so many times as large. */
  #scale(scale: number, x: number, y: number): void {
    const [ratio, size] = [this.#ratio, this.#ratio * scale];
    this.context.setTransform(size, 0, 0, size, ratio * (x + BEYOND), ratio * (y + BEYOND));
  }

  #letters({ weight, size, grows }: Letters): Lettering {
    const key = weight * MOST_SIZE + (grows ? 0 : size);
    const known = this.#lettering.get(key);
    if (known) {
      return known;
    }
    const made = new Lettering(`${weight} ${grows ? GROWING : size}px ${this.palette.family}`);
    this.#lettering.set(key, made);
    return made;
  }
}
