// Where one looks from: a point of the screen is a point of the org times the zoom, plus the camera's own. Pure.

import type { Point } from "../layout/pins";
import type { Box } from "../layout/spatial";

/** The camera; x and y in pixels of the screen. */
export interface Camera extends Point {
  zoom: number;
}

/** The stage's size in pixels of the screen. */
export interface Extent {
  width: number;
  height: number;
  /** How much of its height lies under what stands at its top; nothing where that is not known. */
  covered?: number;
}

/** The nearest that one can look; the platform's own canvas ends there too. */
export const MOST_ZOOM = 2;
/** The furthest where a smaller org is whole in sight at it. */
const LEAST_ZOOM = 0.1;
/** A small org is shown as it is, not blown up. */
const FIT_ZOOM = 1;
/** Room around what is shown whole, in pixels, and at the foot for what lies there. */
const ROOM = { top: 32, right: 32, bottom: 64, left: 32 };
/** The largest part of a side that such room takes: in a small window the org is what is to be seen. */
const MOST_ROOM = 1 / 6;
/** Room below what covers the top, in pixels, and the largest part of the height that is left out for both. */
const BELOW_COVER = 12;
const MOST_COVER = 1 / 3;

/** The part of the org that is in sight. */
export function viewOf({ x, y, zoom }: Camera, { width, height }: Extent): Box {
  return { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
}

/** A point of the screen in the org. */
export function toOrg({ x, y, zoom }: Camera, at: Point): Point {
  return { x: (at.x - x) / zoom, y: (at.y - y) / zoom };
}

/** A point of the org on the screen. */
export function toScreen({ x, y, zoom }: Camera, at: Point): Point {
  return { x: at.x * zoom + x, y: at.y * zoom + y };
}

/** The camera that is `factor` times as near, with the point of the screen `at` standing still. */
export function zoomedAt(camera: Camera, at: Point, factor: number, least: number): Camera {
  const zoom = Math.min(MOST_ZOOM, Math.max(least, camera.zoom * factor));
  const by = zoom / camera.zoom;
  return { x: at.x - (at.x - camera.x) * by, y: at.y - (at.y - camera.y) * by, zoom };
}

/** How much of the top is left out, for what is to be seen. */
function coveredOf({ height, covered = 0 }: Extent): number {
  return covered === 0 ? 0 : Math.min(covered + BELOW_COVER, height * MOST_COVER);
}

/** The camera that shows the box whole, in the middle. */
export function fitted(box: Box, extent: Extent, most = FIT_ZOOM): Camera {
  const room = (wanted: number, side: number) => Math.min(wanted, side * MOST_ROOM);
  const left = room(ROOM.left, extent.width);
  const top = Math.max(room(ROOM.top, extent.height), coveredOf(extent));
  const width = Math.max(1, extent.width - left - room(ROOM.right, extent.width));
  const height = Math.max(1, extent.height - top - room(ROOM.bottom, extent.height));
  const zoom = Math.min(most, width / Math.max(1, box.width), height / Math.max(1, box.height));
  return {
    x: left + (width - box.width * zoom) / 2 - box.x * zoom,
    y: top + (height - box.height * zoom) / 2 - box.y * zoom,
    zoom,
  };
}

/** How far away one can look: so far that the whole org is in sight. */
export function leastZoom(bounds: Box | null, extent: Extent): number {
  return bounds ? Math.min(LEAST_ZOOM, fitted(bounds, extent).zoom * 0.8) : LEAST_ZOOM;
}

/** The camera that has the box in sight, moved no further than it must be; of a box larger than the view, its head. */
export function following(camera: Camera, box: Box, extent: Extent): Camera {
  const view = viewOf(camera, extent);
  const margin = 24 / camera.zoom;
  const covered = coveredOf(extent) / camera.zoom;
  const width = Math.min(box.width, view.width - 2 * margin);
  const height = Math.min(box.height, view.height - covered - 2 * margin);
  const x = shifted(view.x, view.width, box.x, width, margin);
  const y = shifted(view.y + covered, view.height - covered, box.y, height, margin) - covered;
  return { x: -x * camera.zoom, y: -y * camera.zoom, zoom: camera.zoom };
}

/** Where a view from `at` on must begin to hold what lies at `start`. */
function shifted(at: number, length: number, start: number, size: number, margin: number): number {
  if (start - margin < at) {
    return start - margin;
  }
  return Math.max(at, start + size + margin - length);
}

/** Between two cameras: the zoom goes evenly to the eye. `part` is from 0 to 1. */
export function between(from: Camera, to: Camera, part: number, extent: Extent): Camera {
  const zoom = from.zoom * (to.zoom / from.zoom) ** part;
  const middle = { x: extent.width / 2, y: extent.height / 2 };
  const [a, b] = [toOrg(from, middle), toOrg(to, middle)];
  // With the zoom's own pace the middle moves on a straight line of the screen.
  const share =
    Math.abs(to.zoom - from.zoom) < 1e-9 ? part : (1 / from.zoom - 1 / zoom) / (1 / from.zoom - 1 / to.zoom);
  const x = a.x + (b.x - a.x) * share;
  const y = a.y + (b.y - a.y) * share;
  return { x: middle.x - x * zoom, y: middle.y - y * zoom, zoom };
}
