// Whoever has the keyboard is in sight: the view goes there when it is not.

import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect } from "react";

import type { Layout } from "../layout/arrange";
import { panTime } from "./motion";
import { workspaceAround } from "./node-element";

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Draws nothing. */
export function FollowFocus({ layout }: { layout: Layout }) {
  const { setCenter } = useReactFlow();
  const flow = useStoreApi();
  useEffect(() => {
    const { domNode } = flow.getState();
    const follow = (event: FocusEvent) => {
      const place = layout.places.get(workspaceAround(event.target) ?? "");
      // A click goes to what is in sight already.
      if (!place || !(event.target as Element).matches(":focus-visible")) {
        return;
      }
      const { width, height, transform } = flow.getState();
      const [left, top, zoom] = transform;
      const view = { x: -left / zoom, y: -top / zoom, width: width / zoom, height: height / zoom };
      // Of a team that is larger than the view, its head.
      const head = {
        x: place.x,
        y: place.y,
        width: Math.min(place.width, view.width),
        height: Math.min(place.height, view.height),
      };
      if (!holds(view, head)) {
        void setCenter(head.x + head.width / 2, head.y + head.height / 2, { zoom, duration: panTime() });
      }
    };
    domNode?.addEventListener("focusin", follow);
    return () => domNode?.removeEventListener("focusin", follow);
  }, [layout, setCenter, flow]);
  return null;
}

function holds(outer: Box, inner: Box): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}
