// Mouse, touch pad and fingers on the stage: pan, zoom, hover, click, and moving a workspace in our own view.

import { TEAM_HEAD, type Place } from "../layout/arrange";
import type { Point } from "../layout/pins";
import type { Stage } from "./stage";

/** What comes of gestures. */
export interface Deeds {
  /** A click on a workspace, or on the ground. */
  choose(id: string | null): void;
  /** A double click on a workspace. */
  enter(id: string): void;
  /** A workspace is dragged, by so much of the org's own units; null when it is not any more. */
  drag(id: string | null, by: Point): void;
  /** A workspace was dropped. */
  move(id: string, by: Point): void;
}

/** A press that goes no further than this, in pixels, is a click. */
const SLOP = 4;
/** How much nearer one looks for each pixel of a wheel's turn, and of a pinch on a touch pad. */
const WHEEL = 0.0016;
const PINCH = 0.01;
/** A mouse wheel turns by steps of at least this, in pixels; a touch pad by less. */
const NOTCH = 40;

interface Press {
  id: number;
  start: Point;
  last: Point;
  /** Who is moved; none when the view is. */
  moved: Place | null;
  far: boolean;
}

/** Hears gestures on the element; the result ends it. */
export function hearGestures(element: HTMLElement, stage: Stage, deeds: Deeds): () => void {
  const over = new AbortController();
  const { signal } = over;
  const fingers = new Map<number, Point>();
  let press: Press | null = null;
  const pointOf = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };

  const pinch = (event: PointerEvent) => {
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    const before = fingers.get(event.pointerId);
    const now = pointOf(event);
    if (!other || !before) {
      return;
    }
    const by = distance(now, other) / Math.max(1, distance(before, other));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    const { camera } = stage;
    const moved = { ...camera, x: camera.x + (now.x - before.x) / 2, y: camera.y + (now.y - before.y) / 2 };
    stage.look(moved);
    stage.zoom(by, middle);
  };

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button > 1 || isControl(event.target)) {
        return;
      }
      const at = pointOf(event);
      fingers.set(event.pointerId, at);
      if (fingers.size > 1) {
        press = null;
        return;
      }
      press = { id: event.pointerId, start: at, last: at, moved: movable(stage, at, event), far: false };
    },
    { signal },
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      const at = pointOf(event);
      if (fingers.size > 1) {
        pinch(event);
        fingers.set(event.pointerId, at);
        return;
      }
      if (press?.id !== event.pointerId) {
        stage.mark({ hovered: isControl(event.target) ? null : (stage.at(at)?.id ?? null) });
        return;
      }
      if (!press.far && distance(at, press.start) > SLOP) {
        press.far = true;
        // From here on it is no click, also when it leaves the stage.
        element.setPointerCapture(event.pointerId);
        stage.mark({ hovered: null });
      }
      if (press.far && press.moved) {
        deeds.drag(press.moved.id, byOrg(stage, press.start, at));
      } else if (press.far) {
        const { camera } = stage;
        stage.look({ ...camera, x: camera.x + at.x - press.last.x, y: camera.y + at.y - press.last.y });
      }
      press.last = at;
      fingers.set(event.pointerId, at);
    },
    { signal },
  );
  const release = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    const ended = press?.id === event.pointerId ? press : null;
    press = ended ? null : press;
    if (!ended || event.type === "pointercancel") {
      deeds.drag(null, { x: 0, y: 0 });
      return;
    }
    if (!ended.far) {
      deeds.choose(stage.at(ended.start)?.id ?? null);
    } else if (ended.moved) {
      deeds.drag(null, { x: 0, y: 0 });
      deeds.move(ended.moved.id, byOrg(stage, ended.start, pointOf(event)));
    }
  };
  element.addEventListener("pointerup", release, { signal });
  element.addEventListener("pointercancel", release, { signal });
  element.addEventListener(
    "pointerleave",
    () => {
      stage.mark({ hovered: null });
    },
    { signal },
  );
  element.addEventListener(
    "dblclick",
    (event) => {
      const place = isControl(event.target) ? null : stage.at(pointOf(event));
      if (place) {
        deeds.enter(place.id);
      }
    },
    { signal },
  );
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { camera } = stage;
      if (event.ctrlKey || isWheel(event)) {
        const by = -event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1);
        stage.zoom(Math.exp(by * (event.ctrlKey && !isWheel(event) ? PINCH : WHEEL)), pointOf(event));
      } else {
        stage.look({ ...camera, x: camera.x - event.deltaX, y: camera.y - event.deltaY });
      }
    },
    { signal, passive: false },
  );
  return () => {
    over.abort();
  };
}

function movable(stage: Stage, at: Point, { button, pointerType }: PointerEvent): Place | null {
  const place = button === 0 && pointerType !== "touch" && stage.shown.level !== "dot" ? stage.at(at) : null;
  if (!place) {
    return null;
  }
  const head = (at.y - stage.camera.y) / stage.camera.zoom - place.y;
  return place.children.length === 0 || head < TEAM_HEAD ? place : null;
}

function byOrg({ camera }: Stage, from: Point, to: Point): Point {
  return { x: (to.x - from.x) / camera.zoom, y: (to.y - from.y) / camera.zoom };
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, a, input, select") !== null;
}

function isWheel({ deltaMode, deltaX, deltaY }: WheelEvent): boolean {
  return deltaMode !== WheelEvent.DOM_DELTA_PIXEL || (deltaX === 0 && Math.abs(deltaY) >= NOTCH);
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
