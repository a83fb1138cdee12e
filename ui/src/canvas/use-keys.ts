// The keys on the map: arrows to the neighbour, Enter into a team, Shift+Enter out, Space and Enter open details,
// Z shows the team whole, C collapses it, + - 0 move the view, Escape goes back.

import { useCallback, type KeyboardEvent } from "react";

import type { Layout } from "../layout/arrange";
import { neighbour, type Direction } from "../layout/neighbour";
import type { Stage } from "../stage/stage";
import { useShared } from "../store/context";
import { select, toggleTeam } from "../store/looking";
import { workspaceAround } from "./node-element";
import type { Focus } from "./use-focus";

const directions: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};
const STEP = 1.25;

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

/** What the map does with a key. */
export function useKeys(stage: Stage, focus: Focus, profile: string): (event: KeyboardEvent<HTMLElement>) => void {
  const shared = useShared();
  const { store } = shared;
  return useCallback(
    (event) => {
      const from = workspaceAround(event.target);
      if (event.altKey || event.ctrlKey || event.metaKey || event.target instanceof HTMLButtonElement) {
        return;
      }
      const done = moveView(stage, event.key) || (from !== null && onNode(from, event));
      if (done) {
        event.preventDefault();
      }
    },
    [stage, focus, profile, shared],
  );

  function onNode(from: string, { key, shiftKey }: KeyboardEvent): boolean {
    const { layout } = stage.org.view;
    switch (key) {
      case "Escape":
        select(store, profile, null);
        return true;
      case " ":
        select(store, profile, from);
        return true;
      case "z":
      case "Z":
        stage.show(from);
        return true;
      case "c":
      case "C":
        if ((layout.places.get(from)?.inside ?? 0) > 0) {
          toggleTeam(shared, profile, from);
        }
        return true;
    }
    if (key !== "Enter" && !(key in directions)) {
      return false;
    }
    const to = target(layout, from, key, shiftKey);
    if (to !== null) {
      focus(to);
    } else if (key === "Enter" && !shiftKey) {
      // One that nobody stands in is opened.
      select(store, profile, from);
    }
    return true;
  }
}

function moveView(stage: Stage, key: string): boolean {
  switch (key) {
    case "+":
    case "=":
      stage.zoom(STEP);
      return true;
    case "-":
      stage.zoom(1 / STEP);
      return true;
    case "0":
      stage.fit();
      return true;
    default:
      return false;
  }
}
