// Where a workspace would stand that is being dragged.

import type { Point } from "../layout/pins";
import { toScreen } from "../stage/camera";
import type { Stage } from "../stage/stage";

/** Who is dragged, and by how much in the org's own units. */
export interface Dragged {
  id: string;
  by: Point;
}

/** The outline. */
export function Ghost({ stage, dragged: { id, by } }: { stage: Stage; dragged: Dragged }) {
  const place = stage.org.view.layout.places.get(id);
  if (!place) {
    return null;
  }
  const { x, y } = toScreen(stage.camera, { x: place.x + by.x, y: place.y + by.y });
  const { zoom } = stage.camera;
  return (
    <div
      className="ghost"
      style={{ transform: `translate(${x}px, ${y}px)`, width: place.width * zoom, height: place.height * zoom }}
    />
  );
}
