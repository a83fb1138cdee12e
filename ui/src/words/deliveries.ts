// What is said of deliveries: by which door, how they ended, how large and how long.

import { milliseconds } from "./figures";
import type { Look } from "./look";

/** The screen's own words. */
export const deliveryWords = {
  search: "Search method, door or outcome",
  list: "Deliveries, newest first",
  columns: { at: "Time", door: "Door", method: "Method", bytes: "Size", took: "Took", outcome: "Outcome", events: "Events" },
  none: "Nothing has come yet",
  noneHint: "A message to this workspace appears here the moment it arrives. Say hello on the Canvas to send one.",
  noneSuch: "No such deliveries",
  noneSuchHint: "Search for something else.",
  loading: "Reading the journal…",
  chooseTitle: "Choose a delivery",
  chooseHint: "Its headers, sizes and times are shown here, with secrets masked.",
  close: "Close",
  details: (id: number) => `Delivery ${id}`,
  summary: "Summary",
  request: "Request",
  answer: "Answer",
  noHeaders: "No headers.",
  because: "Because",
  message: "Message",
  body: "Body",
  noBody: "Its body was not recorded.",
  cut: "The body was longer: this is its beginning.",
  curl: "Copy as curl",
  replay: "Replay",
  replayed: (words: string) => `Replayed: ${words}. It is in the list, marked as a replay.`,
  record: "Record bodies",
  recording: (kept: number, most: number, longest: string) =>
    `Bodies are recorded: ${kept} of the last ${most} deliveries, ${longest} of each at most, in memory alone. They are gone when this is switched off or Ligand ends.`,
  noAnswer: "There is no answer of the agent.",
  status: (status: number) => `HTTP ${status}`,
  masked: "Credentials are left out before anything is kept.",
} as const;

const doors: Readonly<Record<string, string>> = {
  platform: "Platform door",
  "platform/a2a": "Platform door, bridge",
  shared: "Shared door",
  poll: "Fetched",
  replay: "Replay",
};

/** By which way it came; a way of a newer host is shown by its name. */
export function doorWords(door: string): string {
  return Object.hasOwn(doors, door) && doors[door] !== undefined ? doors[door] : door;
}

const outcomes: Readonly<Record<string, Look>> = {
  answered: { word: "Answered", shape: "disc", tone: "good" },
  rejected: { word: "Refused by the agent", shape: "cross", tone: "bad" },
  oversized: { word: "Answer too long", shape: "cross", tone: "bad" },
  unknown: { word: "Outcome unknown", shape: "triangle", tone: "warn" },
  unreachable: { word: "Agent not reached", shape: "slash", tone: "warn" },
  busy: { word: "Agent busy", shape: "bars", tone: "rest" },
  misread: { word: "Not understood", shape: "cross", tone: "bad" },
  "bad body": { word: "Body not taken", shape: "cross", tone: "bad" },
  hushed: { word: "Left to the platform", shape: "moon", tone: "quiet" },
};

/** How it ended; without an outcome the agent works on it. */
export function outcomeLook(outcome: string | null): Look {
  if (outcome === null) {
    return { word: "Working", shape: "half", tone: "busy" };
  }
  return Object.hasOwn(outcomes, outcome) && outcomes[outcome]
    ? outcomes[outcome]
    : { word: outcome, shape: "ring", tone: "quiet" };
}

/** How long it took. The host counts whole milliseconds. */
export function took(ms: number | null): string {
  return ms === null ? "…" : ms === 0 ? "< 1 ms" : milliseconds(ms);
}

const STEP = 1024;

/** A size: `417 B`, `3.2 KB`, `1.4 MB`. */
export function size(bytes: number): string {
  if (bytes < STEP) {
    return `${bytes} B`;
  }
  const kilo = bytes / STEP;
  return kilo < STEP ? `${kilo.toFixed(1)} KB` : `${(kilo / STEP).toFixed(1)} MB`;
}
