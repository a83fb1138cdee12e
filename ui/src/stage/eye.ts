// Where one looks from, and how one gets to another place. It knows the layout and the stage's size, and draws nothing.

import { TEAM_HEAD, type Layout } from "../layout/arrange";
import type { Point } from "../layout/pins";
import { spatialOf } from "../layout/spatial";
import { fitted, following, leastZoom, zoomedAt, type Camera, type Extent } from "./camera";
import { Flight } from "./flight";

/** As near as one goes to read a workspace. */
const READABLE = 0.9;

/** The eye. */
export class Eye {
  camera: Camera = { x: 0, y: 0, zoom: 1 };
  extent: Extent = { width: 0, height: 0 };
  #flight: Flight | null = null;
  /** Whether it shows the whole org by itself, until the user looks elsewhere. */
  #whole = true;
  readonly #layout: () => Layout;

  constructor(layout: () => Layout) {
    this.#layout = layout;
  }

  /** Whether it is on its way. */
  get flies(): boolean {
    return this.#flight !== null;
  }

  /** Looks from there; by the user's own hand. */
  look(camera: Camera): void {
    this.#whole = false;
    this.#flight = null;
    this.camera = camera;
  }

  /** Nearer or further, around a point of the screen. */
  zoom(factor: number, at: Point = { x: this.extent.width / 2, y: this.extent.height / 2 }): void {
    const least = leastZoom(spatialOf(this.#layout()).bounds, this.extent);
    this.look(zoomedAt(this.camera, at, factor, least));
  }

  /** Goes to where the whole org is in sight, and stays with it as it grows. */
  fit(): void {
    const { bounds } = spatialOf(this.#layout());
    if (bounds) {
      this.#fly(fitted(bounds, this.extent));
    }
    this.#whole = true;
  }

  /** Goes to where that workspace is in sight with all that stands in it. */
  show(id: string): void {
    const place = this.#layout().places.get(id);
    if (place) {
      this.#fly(fitted(place, this.extent));
    }
  }

  /** Goes to that workspace, near enough to read it. */
  approach(id: string): void {
    const place = this.#layout().places.get(id);
    if (!place || this.extent.width === 0) {
      return;
    }
    if ((this.#flight?.to ?? this.camera).zoom >= READABLE) {
      this.reveal(id);
      return;
    }
    const { width, height } = this.extent;
    const x = place.x + place.width / 2;
    const y = place.y + Math.min(place.height, TEAM_HEAD) / 2;
    this.#fly({ x: width / 2 - x * READABLE, y: height / 2 - y * READABLE, zoom: READABLE });
  }

  /** Goes no further than to have that workspace in sight. */
  reveal(id: string): void {
    const place = this.#layout().places.get(id);
    if (!place || this.extent.width === 0) {
      return;
    }
    const from = this.#flight?.to ?? this.camera;
    const to = following(from, place, this.extent);
    if (to.x !== from.x || to.y !== from.y) {
      this.#fly(to);
    }
  }

  /** The org or the stage has another size: who shows the whole goes on to. True when the camera moved. */
  refit(): boolean {
    const { bounds } = spatialOf(this.#layout());
    if (!this.#whole || !bounds || this.extent.width === 0) {
      return false;
    }
    this.#flight = null;
    this.camera = fitted(bounds, this.extent);
    return true;
  }

  /** One frame of the way. */
  step(now: number): void {
    if (this.#flight) {
      const camera = this.#flight.at(now, this.extent);
      this.camera = camera ?? this.#flight.to;
      this.#flight = camera ? this.#flight : null;
    }
  }

  #fly(to: Camera): void {
    this.#whole = false;
    this.#flight = new Flight(this.camera, to);
  }
}
