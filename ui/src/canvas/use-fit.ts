// Until the user moves the view, it shows the whole org, also when the org or the window changes. After that it stays
// where the user put it, until they ask for the whole again.

import { useOnViewportChange, useReactFlow, useStore } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";

import type { Layout } from "../layout/arrange";
import { panTime } from "./motion";

/** A small org is shown as it is, not blown up. */
const MOST_ZOOM = 1;
/** Room for the notes above and the buttons at the side. */
const ROOM = { padding: { top: "60px", left: "64px", right: "32px", bottom: "32px" }, maxZoom: MOST_ZOOM } as const;

/** Keeps the org in sight; the result shows the whole again. */
export function useFit(layout: Layout): () => void {
  const { fitView } = useReactFlow();
  const width = useStore((flow) => flow.width);
  const height = useStore((flow) => flow.height);
  const view = useRef<"new" | "whole" | "fitting" | "moved">("new");
  const onStart = useCallback(() => {
    if (view.current !== "fitting") {
      view.current = "moved";
    }
  }, []);
  useOnViewportChange({ onStart });
  const fit = useCallback(() => {
    const duration = view.current === "new" ? 0 : panTime();
    view.current = "fitting";
    void fitView({ ...ROOM, duration }).then(() => {
      view.current = "whole";
    });
  }, [fitView]);
  useEffect(() => {
    if (width > 0 && height > 0 && view.current !== "moved") {
      fit();
    }
  }, [layout, width, height, fit]);
  return fit;
}
