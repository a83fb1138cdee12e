// A camera on its way to another place.

import { between, type Camera, type Extent } from "./camera";

/** The platform's own canvas takes as long, in milliseconds. */
const TIME = 400;

/** One flight; it begins with its first frame. */
export class Flight {
  readonly to: Camera;
  readonly #from: Camera;
  readonly #time: number;
  #began: number | null = null;

  constructor(from: Camera, to: Camera) {
    this.#from = from;
    this.to = to;
    this.#time = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : TIME;
  }

  /** Where the camera is in a frame; null when it has arrived. */
  at(now: number, extent: Extent): Camera | null {
    this.#began ??= now;
    const part = this.#time === 0 ? 1 : (now - this.#began) / this.#time;
    if (part >= 1) {
      return null;
    }
    return between(this.#from, this.to, 1 - (1 - part) ** 3, extent);
  }
}
