// The small map of the whole org, while a part of it is out of sight.

import { MiniMap, useStore } from "@xyflow/react";
import { useMemo } from "react";

import type { Layout } from "../layout/arrange";
import { MiniNode } from "./MiniNode";

/** The map; nothing while the view shows everything, because then it would only cover some of it. */
export function OrgMap({ layout }: { layout: Layout }) {
  const { right, bottom } = useMemo(() => farCorner(layout), [layout]);
  const whole = useStore(({ width, height, transform: [x, y, zoom] }) => {
    return x >= 0 && y >= 0 && x + right * zoom <= width && y + bottom * zoom <= height;
  });
  if (whole) {
    return null;
  }
  return (
    <MiniMap
      pannable
      zoomable
      ariaLabel="Map of the whole org"
      nodeComponent={MiniNode}
      position="bottom-right"
    />
  );
}

/** The org begins at 0, 0. */
function farCorner({ places }: Layout): { right: number; bottom: number } {
  let [right, bottom] = [0, 0];
  for (const { x, y, width, height } of places.values()) {
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return { right, bottom };
}
