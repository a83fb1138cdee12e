// What stands beside the Canvas of a workspace that was chosen, and of what happened lately.

import { count } from "./figures";

/** Its details. */
export const detailWords = {
  about: "About",
  close: "Close",
  closeDetails: "Close the details",
  gone: "This workspace is not in the org any more.",
  ours: "This laptop fulfils it.",
  since: (moment: string) => `since ${moment}`,
  asking: "Asking the platform…",
  none: "None yet.",
} as const;

/** What can be done with it. */
export const actionWords = {
  copy: "Copy id",
  copied: "Copied",
  notCopied: (id: string) => `It could not be copied: ${id}`,
  open: "Open in the platform",
  restart: "Restart",
  restarting: "Restarting…",
} as const;

/** Its card. */
export const cardFacts = {
  title: "Card",
  skills: "Skills",
  version: "Version",
  provider: "Provider",
  modes: "Takes and gives",
  runtime: "Runtime",
  tier: "Tier",
  id: "Id",
} as const;

/** What it did. */
export const activityWords = {
  title: "Activity",
  hidden: "It is not shown to us",
  from: (name: string) => `from ${name}`,
  to: (name: string) => `to ${name}`,
} as const;

/** What came to it. */
export const deliveryWords = { title: "Deliveries", under: "in progress" } as const;

/** Who stands around it. */
export const familyWords = {
  title: "Team",
  hidden: "The team that it names is not shown to us.",
  circle: "It names a team that stands inside of it, so it is drawn on its own.",
  around: "around it",
  more: (some: number) => `And ${some} more.`,
} as const;

/** What became of its state. */
export const stateWords = { title: "States" } as const;

/** A talk with it. */
export const talkWords = {
  title: "Talk",
  messages: "Messages",
  cut: "Older messages are not kept.",
  field: "Message to this workspace",
  placeholder: "Message",
  unheard: "The host is not heard.",
  say: "Say",
  you: "You",
  ours: "Our workspace",
  wordless: "An answer without text.",
  longer: "It was longer; only its beginning is kept.",
  files: (files: number) => `${count(files, "file")} came with it and stayed where it was sent from.`,
} as const;

/** What happened lately. */
export const timelineWords = {
  title: "What happened",
  trouble: "Trouble alone",
  noTrouble: "No trouble since the host started.",
  nothing: "Nothing has changed since the host started.",
  absence: (from: string | null, until: string | null, changes: number) =>
    `While nobody looked, ${from} to ${until}: ${changes > 0 ? count(changes, "change") : "nothing changed"}.`,
  /** Before a moment: it was seen at that time, and was so before. */
  before: "before",
} as const;
