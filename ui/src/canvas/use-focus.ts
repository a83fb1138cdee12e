// The keyboard on the map: which workspace has it, that it comes to one from outside, and that it is never lost when
// the workspace that has it goes.

import { useCallback, useEffect, useLayoutEffect, useSyncExternalStore, type RefObject } from "react";
import { flushSync } from "react-dom";

import type { Stage } from "../stage/stage";
import { useOrg } from "../store/context";
import { nodeElementId, workspaceAround } from "./node-element";

/** Gives a workspace the keyboard, and has it in sight, unless it was clicked on there. */
export type Focus = (id: string, clicked?: boolean) => void;

/** The way to give a workspace of that stage the keyboard. */
export function useFocus(stage: Stage, root: RefObject<HTMLElement | null>, profile: string): Focus {
  const focus = useCallback(
    (id: string, clicked = false) => {
      flushSync(() => {
        stage.mark({ focused: id });
        stage.settle();
      });
      document.getElementById(nodeElementId(id))?.focus({ preventScroll: true });
      if (!clicked) {
        stage.reveal(id);
      }
    },
    [stage],
  );
  useEffect(() => {
    const element = root.current;
    const onFocusIn = ({ target }: FocusEvent) => {
      const id = workspaceAround(target);
      if (id !== null) {
        stage.mark({ focused: id });
      } else if (target === element && element?.matches(":focus-visible")) {
        const first = stage.last ?? beginning(stage);
        if (first !== null) {
          focus(first);
        }
      }
    };
    const onFocusOut = ({ relatedTarget }: FocusEvent) => {
      // An element that is taken away while it has the keyboard is seen to below.
      if (relatedTarget instanceof Node && !element?.contains(relatedTarget)) {
        stage.mark({ focused: null });
      }
    };
    element?.addEventListener("focusin", onFocusIn);
    element?.addEventListener("focusout", onFocusOut);
    return () => {
      element?.removeEventListener("focusin", onFocusIn);
      element?.removeEventListener("focusout", onFocusOut);
    };
  }, [stage, root, focus]);

  const places = useOrg(profile, (view) => view.layout.places);
  const { focused } = useSyncExternalStore(stage.listen, () => stage.shown);
  useLayoutEffect(() => {
    if (focused === null || !places || places.has(focused)) {
      return;
    }
    // Whoever had the keyboard is gone: the team around it has it now, or the map.
    const heir = stage.heir;
    stage.mark({ focused: null });
    if (document.activeElement !== document.body && !root.current?.contains(document.activeElement)) {
      return;
    }
    if (heir === null) {
      root.current?.focus({ preventScroll: true });
    } else {
      queueMicrotask(() => {
        focus(heir);
      });
    }
  }, [stage, root, places, focused, focus]);
  return focus;
}

/** Where the keyboard begins: at ours, or at the first. */
function beginning({ org }: Stage): string | null {
  const { layout, workspaces } = org.view;
  let first: string | null = null;
  for (const id of layout.places.keys()) {
    first ??= id;
    if (workspaces.get(id)?.ours) {
      return id;
    }
  }
  return first;
}
