// A change of a state, in words.

import type { StateChange } from "../generated/StateChange";
import { workspaceLook } from "./look";
import { plain } from "./plain";

/** `Online → Offline`; that it came or went. */
export function stepWords({ from, to }: Pick<StateChange, "from" | "to">): string {
  if (to === null) {
    return "left the org";
  }
  const now = workspaceLook(to).word;
  return plain(from === null ? `joined, ${now.toLowerCase()}` : `${workspaceLook(from).word} → ${now}`);
}
