// How a state looks: its word, a shape that says it without colour, and a tone (a colour token).

import type { PresenceWord } from "../generated/PresenceWord";

/** The shape of a state's mark. */
export type Shape =
  | "disc"
  | "ring"
  | "target"
  | "half"
  | "triangle"
  | "cross"
  | "bars"
  | "moon"
  | "minus"
  | "square"
  | "slash"
  | "bang";

/** The tone of a state: each is a colour of its own, light and dark. */
export type Tone = "good" | "quiet" | "rest" | "warn" | "bad" | "busy" | "wait";

/** How a state looks. */
export interface Look {
  word: string;
  shape: Shape;
  tone: Tone;
}

const workspaces: Readonly<Record<string, Look>> = {
  online: { word: "Online", shape: "disc", tone: "good" },
  offline: { word: "Offline", shape: "ring", tone: "quiet" },
  awaiting_agent: { word: "Waiting for agent", shape: "target", tone: "wait" },
  provisioning: { word: "Starting", shape: "half", tone: "busy" },
  degraded: { word: "Degraded", shape: "triangle", tone: "warn" },
  failed: { word: "Failed", shape: "cross", tone: "bad" },
  paused: { word: "Paused", shape: "bars", tone: "rest" },
  hibernating: { word: "Hibernating", shape: "moon", tone: "quiet" },
  hibernated: { word: "Hibernated", shape: "moon", tone: "quiet" },
  removed: { word: "Removed", shape: "minus", tone: "quiet" },
};

/** The states that are known, in the order in which they are listed: what wants somebody first. */
export const knownStates: readonly string[] = [
  "failed",
  "degraded",
  "awaiting_agent",
  "provisioning",
  "online",
  "paused",
  "offline",
  "hibernating",
  "hibernated",
  "removed",
];

/** The order of states; unknown ones come last, by name. */
export function byUrgency(a: string, b: string): number {
  const rank = (state: string) => (knownStates.includes(state) ? knownStates.indexOf(state) : knownStates.length);
  return rank(a) - rank(b) || Number(a > b) - Number(a < b);
}

/** A workspace's state as the platform names it; one that we do not know is shown by its name, like offline. */
export function workspaceLook(state: string): Look {
  return Object.hasOwn(workspaces, state) && workspaces[state]
    ? workspaces[state]
    : { word: state, shape: "ring", tone: "quiet" };
}

// The words are the host's own (`PresenceWord::words`): every face says the same.
const presences: Readonly<Record<PresenceWord, Look>> = {
  stopped: { word: "Stopped", shape: "square", tone: "quiet" },
  connecting: { word: "Connecting", shape: "half", tone: "busy" },
  online: { word: "Online", shape: "disc", tone: "good" },
  degraded: { word: "Degraded", shape: "triangle", tone: "warn" },
  unreachable: { word: "Unreachable", shape: "slash", tone: "warn" },
  asleep: { word: "Asleep", shape: "moon", tone: "quiet" },
  paused: { word: "Paused by the org", shape: "bars", tone: "rest" },
  removed: { word: "Removed from the org", shape: "minus", tone: "quiet" },
  needs_user: { word: "Needs you", shape: "bang", tone: "bad" },
};

/** Our presence; one that a newer host names is shown by its name. */
export function presenceLook(state: PresenceWord): Look {
  return Object.hasOwn(presences, state) ? presences[state] : { word: state, shape: "ring", tone: "quiet" };
}
