// The Canvas as a machine: where one looks, what is in sight, which workspaces have elements, and when something is
// drawn. At most once per frame, and only for a reason: nothing runs while nothing changes or while it is hidden. It
// knows no React; whoever shows elements listens.

import type { Place } from "../layout/arrange";
import type { Point } from "../layout/pins";
import { spatialOf, type Box } from "../layout/spatial";
import type { Changes, OrgStore } from "../store/org-store";
import { toOrg, viewOf, type Camera, type Extent } from "./camera";
import { Damage } from "./damage";
import { elementsOf } from "./elements";
import { Eye } from "./eye";
import { levelOf, type Level } from "./level";
import { Marks, type Marked } from "./marks";
import type { Edge, Scene } from "./scene";
import { FLAG, Surface } from "./surface";

/** What has elements and how; a new object with each change. */
export interface Shown {
  ids: readonly string[];
  /** Those of them that are whole cards. */
  cards: ReadonlySet<string>;
  level: Level;
  hovered: string | null;
  focused: string | null;
}

/** The view counts as moving until it has stood still for so long, in milliseconds. */
const SETTLED = 140;
/** Beyond the edge of the view elements are kept for so many pixels, so that they are there when they come into it. */
const MARGIN = 80;

type Listener = () => void;

/** The stage of one org. */
export class Stage {
  readonly org: OrgStore;
  readonly #eye: Eye;
  readonly #marks = new Marks();
  readonly #damage = new Damage();
  #surface: Surface | null = null;
  #frame: number | null = null;
  #settling: ReturnType<typeof setTimeout> | null = null;
  #moving = false;
  #shown: Shown = { ids: [], cards: new Set(), level: "card", hovered: null, focused: null };
  /** The same ids, to be asked for one. */
  #elements: ReadonlySet<string> = new Set();
  #states: ReadonlySet<string> = new Set();
  #edges: readonly Edge[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #cameraListeners = new Set<Listener>();

  constructor(org: OrgStore) {
    this.org = org;
    this.#eye = new Eye(() => org.view.layout);
  }

  /** Begins to draw; the result ends it. */
  attach(canvas: HTMLCanvasElement, layer: HTMLElement): () => void {
    const surface = new Surface(canvas, layer);
    this.#surface = surface;
    const size = new ResizeObserver(() => {
      this.#resize(surface);
    });
    size.observe(canvas);
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    const repalette = () => {
      surface.repalette();
      this.#redraw();
    };
    scheme.addEventListener("change", repalette);
    const deaf = this.org.listenToChanges((changes) => {
      this.#changed(changes);
    });
    this.#damage.know(this.org.view.workspaces);
    this.#resize(surface);
    return () => {
      size.disconnect();
      scheme.removeEventListener("change", repalette);
      deaf();
      if (this.#frame !== null) {
        cancelAnimationFrame(this.#frame);
        this.#frame = null;
      }
      if (this.#settling !== null) {
        clearTimeout(this.#settling);
      }
      this.#surface = null;
    };
  }

  get camera(): Camera {
    return this.#eye.camera;
  }

  get extent(): Extent {
    return this.#eye.extent;
  }

  /** What has elements. */
  get shown(): Shown {
    return this.#shown;
  }

  /** Hears when {@link shown} changed. */
  readonly listen = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Hears when the camera moved, in the frame in which it does. */
  readonly listenToCamera = (listener: Listener): (() => void) => {
    this.#cameraListeners.add(listener);
    return () => this.#cameraListeners.delete(listener);
  };

  /** The innermost workspace at a point of the screen. */
  at(point: Point): Place | null {
    const { x, y } = toOrg(this.camera, point);
    return spatialOf(this.org.view.layout).at(x, y);
  }

  /** Looks from there; by the user's own hand. */
  look(camera: Camera): void {
    this.#eye.look(camera);
    this.#moved();
  }

  /** Nearer or further, around a point of the screen, else around the middle. */
  zoom(factor: number, at?: Point): void {
    this.#eye.zoom(factor, at);
    this.#moved();
  }

  /** So many pixels at the top lie under something: what is shown whole begins below. */
  cover(covered: number): void {
    if (covered !== this.extent.covered) {
      this.#eye.extent = { ...this.extent, covered };
      this.#damage.camera = this.#eye.refit() || this.#damage.camera;
      this.#redraw();
    }
  }

  /** Shows the whole org, and goes on to as it grows. */
  fit(): void {
    this.#eye.fit();
    this.#ask();
  }

  /** Shows that workspace, with all that stands in it. */
  show(id: string): void {
    this.#eye.show(id);
    this.#ask();
  }

  /** Goes to that workspace, near enough to read it. */
  approach(id: string): void {
    this.#eye.approach(id);
    this.#ask();
  }

  /** Has that workspace in sight. */
  reveal(id: string): void {
    this.#eye.reveal(id);
    this.#ask();
  }

  /** Which workspaces are hovered, selected, or have the keyboard; what is not named stays. */
  mark(marks: Partial<Marked>): void {
    const { selected } = this.#marks.now;
    if (this.#marks.change(marks, this.org.view.layout)) {
      this.#damage.elements = true;
      this.#damage.all ||= selected !== this.#marks.now.selected;
      this.#ask();
    }
  }

  /** Who had the keyboard last, if it is still there. */
  get last(): string | null {
    return this.#marks.last(this.org.view.layout);
  }

  /** Who has the keyboard when the one that had it is gone. */
  get heir(): string | null {
    return this.#marks.heir(this.org.view.layout);
  }

  /** Who is shown clearly: those in such a state, or all. */
  filter(states: ReadonlySet<string>): void {
    this.#states = states;
    this.#redraw();
  }

  /** Who spoke to whom. */
  connect(edges: readonly Edge[]): void {
    if (edges !== this.#edges) {
      this.#edges = edges;
      this.#redraw();
    }
  }

  /** Elements as they have to be now, for who cannot wait for the frame. */
  settle(): void {
    this.#choose();
    this.#ask();
  }

  #moved(): void {
    this.#damage.camera = true;
    this.#moving = true;
    this.#ask();
  }

  #resize(surface: Surface): void {
    const { extent } = surface;
    this.#eye.extent = { ...this.extent, ...extent };
    this.#damage.camera = this.#eye.refit() || this.#damage.camera;
    surface.resize(extent);
    this.#redraw();
    // A drawn layer that was given a size is empty: it must not be seen so.
    this.#step(performance.now());
  }

  #changed({ ids, layout }: Changes): void {
    if (layout) {
      this.#damage.know(this.org.view.workspaces);
      this.#damage.camera = this.#eye.refit() || this.#damage.camera;
      this.#redraw();
      return;
    }
    this.#damage.add(ids, this.org.view.workspaces);
    if (this.#damage.any) {
      this.#ask();
    }
  }

  #redraw(): void {
    this.#damage.all = true;
    this.#damage.elements = true;
    this.#ask();
  }

  #ask(): void {
    if (this.#frame === null && this.#surface) {
      this.#frame = requestAnimationFrame((now) => {
        this.#frame = null;
        this.#step(now);
      });
    }
  }

  #step(now: number): void {
    if (this.#eye.flies) {
      this.#eye.step(now);
      this.#moved();
    }
    if (this.#damage.camera) {
      this.#surface?.move(this.camera, this.#moving);
      for (const listener of this.#cameraListeners) {
        listener();
      }
      this.#settleSoon();
    }
    const more = this.#damage.choice && this.#choose();
    const { all, parts } = this.#damage.take();
    if (more) {
      this.#damage.elements = true;
      this.#ask();
    }
    const { places } = this.org.view.layout;
    const changed = parts.map((id) => places.get(id)).filter((place) => place !== undefined);
    this.#surface?.draw({
      camera: this.camera,
      extent: this.extent,
      damage: all ? "all" : changed,
      sceneOf: (camera, part) => this.#scene(camera, part),
    });
  }

  #settleSoon(): void {
    if (this.#settling !== null) {
      clearTimeout(this.#settling);
    }
    this.#settling = setTimeout(() => {
      this.#settling = null;
      this.#moving = false;
      this.#surface?.settle(this.camera);
      this.#redraw();
    }, SETTLED);
  }

  #visible(margin: number): Place[] {
    const index = spatialOf(this.org.view.layout);
    // Where nothing can be measured everything counts as in sight.
    if (this.extent.width === 0) {
      return index.bounds ? index.within(index.bounds) : [];
    }
    const { width, height } = this.extent;
    const { x, y, zoom } = this.camera;
    const seen: Extent = { width: width + 2 * margin, height: height + 2 * margin };
    return index.within(viewOf({ x: x + margin, y: y + margin, zoom }, seen));
  }

  /** Chooses who has elements; true when some have to wait for the next frame. */
  #choose(): boolean {
    const { places } = this.org.view.layout;
    const { hovered, focused } = this.#marks.now;
    const special = Object.values(this.#marks.now)
      .map((id: string | null) => places.get(id ?? ""))
      .filter((place) => place !== undefined);
    const level = levelOf(this.camera.zoom);
    const there = (some: ReadonlySet<string>) => new Set([...some].filter((id) => places.has(id)));
    const before = this.#shown;
    const { ids, cards, more } = elementsOf({
      visible: this.#visible(MARGIN),
      special,
      now: there(this.#elements),
      cards: there(before.cards),
      level,
      moving: this.#moving,
      atOnce: !this.#surface?.painter || this.extent.width === 0,
    });
    const others = differing(ids, this.#elements).length > 0;
    const turned = differing(cards, before.cards);
    const marked = hovered !== before.hovered || focused !== before.focused;
    if (others || turned.length > 0 || marked || level !== before.level) {
      this.#elements = ids;
      this.#shown = { ids: others ? [...ids] : before.ids, cards, level, hovered, focused };
      this.#damage.all ||= level !== before.level;
      if (level === "card") {
        this.#damage.redraw(turned);
      }
      for (const listener of this.#listeners) {
        listener();
      }
    }
    return more;
  }

  /** What there is to draw in that part of the screen, seen from there. */
  #scene(camera: Camera, part: Box): Scene {
    const { workspaces, layout } = this.org.view;
    const { x, y, zoom } = camera;
    const view = viewOf({ x: x - part.x, y: y - part.y, zoom }, part);
    return {
      camera,
      ratio: window.devicePixelRatio,
      level: this.#shown.level,
      places: layout.places,
      workspaces,
      visible: spatialOf(layout).within({ ...view, height: view.height + FLAG }),
      cards: this.#shown.cards,
      states: this.#states,
      selected: this.#marks.now.selected,
      edges: this.#edges,
    };
  }
}

/** Those that are in one of the two and not in the other. */
function differing(some: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...[...some].filter((id) => !others.has(id)), ...[...others].filter((id) => !some.has(id))];
}
