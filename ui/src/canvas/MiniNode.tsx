// One workspace on the small map: a team in its own colour, any other in the tone of its state.

import type { MiniMapNodeProps } from "@xyflow/react";
import { memo } from "react";

import { workspaceLook } from "../words/look";
import { useInside, useWorkspace } from "./profile-context";

/** The corner's radius in the org's coordinates, so that it shows on the small map. */
const RADIUS = 24;

/** The rectangle. */
export const MiniNode = memo(function MiniNode({ id, x, y, width, height }: MiniMapNodeProps) {
  const state = useWorkspace(id)?.state;
  const inside = useInside(id);
  const tone = state === undefined ? "quiet" : workspaceLook(state).tone;
  return (
    <rect
      className={inside > 0 ? "mini-team" : `mini tone-${tone}`}
      x={x}
      y={y}
      width={width}
      height={height}
      rx={RADIUS}
    />
  );
});
