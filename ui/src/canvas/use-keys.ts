// The keyboard on the Canvas: Enter into a team, Shift+Enter out, arrows to the neighbour, Escape back to the Canvas.

import { useCallback, type KeyboardEvent } from "react";

import type { Layout } from "../layout/arrange";
import { neighbour, type Direction } from "../layout/neighbour";
import { focusNode, workspaceAround } from "./node-element";

const directions: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** Where a key leads from a workspace; null when it leads nowhere. */
export function target(layout: Layout, from: string, key: string, shift: boolean): string | null {
  const place = layout.places.get(from);
  const direction = directions[key];
  if (!place) {
    return null;
  }
  if (key === "Enter") {
    return shift ? place.parent : (place.children[0] ?? null);
  }
  return direction ? (neighbour(layout.places, place, direction)?.id ?? null) : null;
}

/** What the Canvas does with a key. */
export function useKeys(layout: Layout | undefined): (event: KeyboardEvent<HTMLElement>) => void {
  return useCallback(
    (event) => {
      const from = workspaceAround(event.target);
      if (!layout || from === null || event.altKey || event.ctrlKey || event.metaKey) {
        return;
      }
      if (event.key === "Escape") {
        event.currentTarget.focus();
        return;
      }
      if (event.key !== "Enter" && !(event.key in directions)) {
        return;
      }
      event.preventDefault();
      const to = target(layout, from, event.key, event.shiftKey);
      if (to !== null) {
        focusNode(to);
      }
    },
    [layout],
  );
}
