// Ctrl/Cmd+K anywhere, and / where nothing is being written, open the search.

import { useEffect } from "react";

import { useShared } from "../store/context";
import { look } from "../store/looking";

/** Hears the keys of the whole window. */
export function useSearchKeys(profile: string): void {
  const { store } = useShared();
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const palette = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isWritten(event.target);
      // Over another dialog nothing opens.
      if ((palette || slash) && document.querySelector("dialog[open]") === null) {
        event.preventDefault();
        look(store, profile, { searching: true });
      }
    };
    window.addEventListener("keydown", hear);
    return () => {
      window.removeEventListener("keydown", hear);
    };
  }, [store, profile]);
}

function isWritten(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
