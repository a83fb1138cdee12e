// A talk, in words.

import type { MessageState } from "../generated/MessageState";
import type { Voice } from "../generated/Voice";
import { plain } from "./plain";

/** Who speaks when something is said here. */
export function speaker(voice: Voice, own: string | null): string {
  if (voice === "human") {
    return "You speak as a person, with the org key.";
  }
  return own === null ? "Our workspace speaks." : plain(`Our workspace speaks: ${own}.`);
}

/** What became of a message; nothing where its answer says it. */
export function messageState(state: MessageState | null): string | null {
  switch (state) {
    case "sending":
      return "Under way…";
    case "queued":
      return "Queued: the answer comes when it is back.";
    case "failed":
      return "Not delivered.";
    case "answered":
    case null:
      return null;
    default:
      // Of a newer host.
      return String(state);
  }
}
