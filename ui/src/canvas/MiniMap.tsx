// The small map of the whole org with the part that is in sight, while a part is not. For the mouse alone: the keyboard
// goes from workspace to workspace, and the list has them all.

import { useEffect, useRef, useState } from "react";

import { spatialOf } from "../layout/spatial";
import { viewOf } from "../stage/camera";
import { mapScale, MAP, MiniMap as Drawn } from "../stage/mini-map";
import type { Stage } from "../stage/stage";
import "./mini-map.css";

/** The small map is drawn anew at most so often, in milliseconds: nobody follows a single dot there. */
const CALM = 500;

/** The map. */
export function MiniMap({ stage }: { stage: Stage }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [whole, setWhole] = useState(true);

  useEffect(() => {
    const follow = () => {
      const { bounds } = spatialOf(stage.org.view.layout);
      const view = viewOf(stage.camera, stage.extent);
      setWhole(
        !bounds ||
          (view.x <= bounds.x &&
            view.y <= bounds.y &&
            view.x + view.width >= bounds.x + bounds.width &&
            view.y + view.height >= bounds.y + bounds.height),
      );
      if (frame.current && bounds) {
        const { zoom, x, y } = mapScale(bounds);
        const { style } = frame.current;
        style.transform = `translate(${view.x * zoom + x}px, ${view.y * zoom + y}px)`;
        style.width = `${view.width * zoom}px`;
        style.height = `${view.height * zoom}px`;
      }
    };
    follow();
    return stage.listenToCamera(follow);
  }, [stage, whole]);

  useEffect(() => {
    if (whole || !canvas.current) {
      return undefined;
    }
    const element = canvas.current;
    let map = new Drawn(element);
    let timer: ReturnType<typeof setTimeout> | null = null;
    const states = new Map<string, string>();
    const changed = new Set<string>();
    let all = true;
    const draw = () => {
      timer = null;
      const { view } = stage.org;
      if (all) {
        map.draw(view);
      } else {
        map.redraw(view, changed);
      }
      for (const id of all ? view.workspaces.keys() : changed) {
        states.set(id, view.workspaces.get(id)?.state ?? "");
      }
      changed.clear();
      all = false;
    };
    draw();
    const deaf = stage.org.listenToChanges(({ ids, layout }) => {
      const { workspaces } = stage.org.view;
      all ||= layout;
      for (const id of ids) {
        if (workspaces.get(id)?.state !== states.get(id)) {
          changed.add(id);
        }
      }
      if ((all || changed.size > 0) && !document.hidden) {
        timer ??= setTimeout(draw, CALM);
      }
    });
    const repaint = () => {
      map = new Drawn(element);
      all = true;
      draw();
    };
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", repaint);
    document.addEventListener("visibilitychange", draw);
    return () => {
      deaf();
      scheme.removeEventListener("change", repaint);
      document.removeEventListener("visibilitychange", draw);
      if (timer !== null) {
        clearTimeout(timer);
      }
    };
  }, [stage, whole]);

  if (whole) {
    return null;
  }
  const go = (event: React.PointerEvent<HTMLElement>) => {
    const { bounds } = spatialOf(stage.org.view.layout);
    if (!bounds || (event.buttons & 1) === 0) {
      return;
    }
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const { zoom, x, y } = mapScale(bounds);
    const { camera, extent } = stage;
    const to = { x: (event.clientX - left - x) / zoom, y: (event.clientY - top - y) / zoom };
    stage.look({
      x: extent.width / 2 - to.x * camera.zoom,
      y: extent.height / 2 - to.y * camera.zoom,
      zoom: camera.zoom,
    });
  };
  return (
    <div className="mini-map" aria-hidden="true" style={MAP} onPointerDown={go} onPointerMove={go}>
      <canvas ref={canvas} />
      <div ref={frame} className="mini-map-view" />
    </div>
  );
}
