// What the Canvas says beside its workspaces: its tools, its list, and what is to be known of the picture.

import type { Column } from "../canvas/rows";
import { count } from "./figures";

/** The Canvas as a whole. */
export const canvasWords = {
  name: "Canvas",
  laptop: "This laptop",
  workspaces: "Workspaces",
  /** What a screen reader calls the map, and one workspace on it. */
  map: "map of workspaces",
  workspace: "workspace",
  keys: "Arrows go to the next workspace, Enter into a team, Shift and Enter out of it, Space opens details, slash searches.",
  inside: (some: number) => `${some} sub`,
  expand: "Expand",
  collapse: "Collapse",
  collapseKey: "(C)",
} as const;

/** Its tools. */
export const toolWords = {
  find: "Find",
  findKey: { apple: "⌘K", other: "Ctrl K" },
  as: "Show as",
  map: "Map",
  list: "List",
  calls: "Calls",
  callsHint: "Lines: who spoke to whom in the last hour",
  legend: "Legend",
} as const;

/** The buttons that move the view. */
export const viewWords = {
  name: "View",
  nearer: "Zoom in",
  further: "Zoom out",
  whole: "Show the whole org",
  team: "Show this team whole",
  teamKey: "(Z)",
  tidy: "Put moved workspaces back",
} as const;

/** What the marks mean. */
export const legendWords = {
  title: "Legend",
  close: "Close the legend",
  remote: "runs outside the platform",
  tier: "tier",
  fresh: "spoke within five minutes",
  hour: "spoke within the hour",
  /** Keys, and what each does. */
  keys: [
    ["Arrows", "next"],
    ["Enter", "into a team"],
    ["Shift Enter", "out"],
    ["Space", "details"],
    ["/", "search"],
    ["Z", "or a double click: team whole"],
    ["C", "collapse"],
    ["0", "everything"],
  ],
} as const;

/** The search. */
export const searchWords = {
  title: "Find a workspace",
  field: "Name, role, skill or state",
  empty: "No workspaces yet",
  none: "No workspaces match",
} as const;

/** The list. */
export const listWords = {
  name: "Workspaces as a list",
  none: "Nobody is in such a state.",
} as const;

/** The list's columns, in order. */
export const columns: readonly (readonly [Column, string])[] = [
  ["name", "Name"],
  ["role", "Role"],
  ["state", "State"],
  ["task", "Working on"],
  ["tasks", "Tasks"],
  ["tier", "Tier"],
  ["seen", "Last seen"],
  ["team", "Team"],
];

/** The counts by state. */
export const countWords = {
  name: "Filter by state",
  one: (state: string) => `Show those that are: ${state}`,
  all: "Show all",
} as const;

/** What is to be known of the picture. */
export const noteWords = {
  stale: (asOf: string | null) => (asOf === null ? "Not live" : `As of ${asOf}`),
  kept: "Kept from the last time.",
  unheard: "The platform is not heard",
} as const;

/** What wants somebody. */
export const attentionWords = {
  approvals: (some: number) => `${count(some, "approval waits", "approvals wait")} for a person`,
  absence: (changes: number, from: string | null, until: string | null) =>
    `${count(changes, "change")} while nobody looked, ${from} to ${until}`,
  show: "Show",
  later: "Not now",
} as const;

/** In place of an org that is not drawn: what is so, and what comes of it. */
export const emptyWords = {
  none: ["No workspaces yet", "The org has none. One that is made on the platform appears here by itself."],
  resting: ["Nothing is known of the org yet", "Start the workspace to see it."],
  asking: "Asking the platform for the org…",
} as const;

/** Of approvals that wait. */
export const approvalWords = {
  where: "They are decided on the platform’s own canvas.",
  open: "Decide there",
} as const;

/** Of an org key that is missing, or of no use. */
export const keyWords = {
  offer: "Add an org key",
  replace: "Replace or forget the org key",
  label: "Org key",
  hint: "It goes to the vault, and no window ever gets it back. With it you speak in the org as a person.",
  keep: "Keep it",
  used: "In use: the Canvas shows the whole org, and there you speak as a person.",
  refused: "Refused by the platform: the Canvas shows this workspace and its peers, and takes another one.",
  unused: "Not in use: the Canvas shows this workspace and its peers, and takes one.",
  forget: "Forget it",
} as const;
