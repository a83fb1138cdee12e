// Somebody was chosen elsewhere (the search, the timeline, the list): the map goes there.

import { useEffect } from "react";

import type { Stage } from "../stage/stage";
import { useLooking } from "../store/context";
import type { Focus } from "./use-focus";

/** Follows what is to be revealed. */
export function useReveal(stage: Stage, profile: string, focus: Focus): void {
  const reveal = useLooking(profile, (looking) => looking.reveal);
  useEffect(() => {
    if (!reveal || !stage.org.view.layout.places.has(reveal.id)) {
      return;
    }
    if (reveal.keyboard) {
      // Not while React is at work: the node may have to be made first.
      queueMicrotask(() => {
        focus(reveal.id);
      });
    }
    stage.approach(reveal.id);
  }, [stage, focus, reveal]);
}
