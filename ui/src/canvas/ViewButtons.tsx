// The buttons that move the view.

import { ControlButton, Controls } from "@xyflow/react";

import type { Layout } from "../layout/arrange";
import { useFit } from "./use-fit";

/** Nearer, further, and the whole org. */
export function ViewButtons({ layout }: { layout: Layout }) {
  const fit = useFit(layout);
  return (
    <Controls aria-label="View" showInteractive={false} showFitView={false} position="bottom-left">
      <ControlButton onClick={fit} title="Show the whole org" aria-label="Show the whole org">
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d="M0 0h4v1.5H1.5V4H0zM8 0h4v4h-1.5V1.5H8zM0 8h1.5v2.5H4V12H0zM10.5 8H12v4H8v-1.5h2.5z" />
        </svg>
      </ControlButton>
    </Controls>
  );
}
