// Text on the drawn Canvas, shortened to the room there is. Letters that grow with the zoom have one size and are scaled in
// steps: a font of another size has to be found and shaped anew, and each letter of each size has to be drawn once before
// it is copied; a frame of zooming would have hundreds of those. A text is measured once in each font.

import { plain } from "../words/plain";

/** So many texts are remembered; then all are forgotten. */
const MOST = 20_000;
/** The one size of the letters that grow, in pixels. With the steps between it and twice that, a card's are among them. */
export const GROWING = 12;
const STEPS = 8;
/** More characters than these are no name that anybody reads on a card. */
const LONGEST = 120;
/** Characters are of different widths: so much room is kept for those that are wider than the others. */
const SPARE = 0.93;

interface Measured {
  text: string;
  /** As it is, not scaled. */
  width: number;
  /** As people count characters; made when the text is first shortened. */
  characters: readonly string[] | null;
  /** To how many of them it was shortened last, and what came of it. */
  short: { fitting: number; text: string } | null;
}

/** Letters that are read from the right: such a text is marked to go its own way, so that it ends at its left. */
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufefc]/;

const segmenter = new Intl.Segmenter("en");

/** By how much letters are scaled to be of that size, or nearly so. */
export function scaleOf(size: number): number {
  return 2 ** (Math.round(Math.log2(size / GROWING) * STEPS) / STEPS);
}

/** The texts that are drawn in one font. */
export class Lettering {
  readonly font: string;
  readonly #measured = new Map<string, Measured>();

  constructor(font: string) {
    this.font = font;
  }

  /** The text, or as much of it as fits into so many pixels. The context's font may be another afterwards. */
  fit(context: CanvasRenderingContext2D, text: string, scale: number, room: number): string {
    const measured = this.#measured.get(text) ?? this.#measure(context, text);
    const width = measured.width * scale;
    if (width <= room) {
      return measured.text;
    }
    measured.characters ??= [...segmenter.segment(measured.text)].map(({ segment }) => segment);
    const { characters } = measured;
    const fitting = Math.floor((characters.length * room * SPARE) / width) - 1;
    if (measured.short?.fitting !== fitting) {
      const text = characters.slice(0, fitting).join("").trimEnd();
      measured.short = { fitting, text: fitting <= 0 ? "" : FROM_RIGHT.test(text) ? `\u2068${text}…\u2069` : `${text}…` };
    }
    return measured.short.text;
  }

  /** How wide the whole text is. The context's font may be another afterwards. */
  width(context: CanvasRenderingContext2D, text: string, scale: number): number {
    return (this.#measured.get(text) ?? this.#measure(context, text)).width * scale;
  }

  #measure(context: CanvasRenderingContext2D, text: string): Measured {
    if (this.#measured.size >= MOST) {
      this.#measured.clear();
    }
    const shown = plain(text.slice(0, LONGEST)).replace(/\s+/g, " ");
    context.font = this.font;
    const measured = { text: shown, width: context.measureText(shown).width, characters: null, short: null };
    this.#measured.set(text, measured);
    return measured;
  }
}
