// What the shared parts of the window say.

import type { Look } from "./look";

/** Of copying. */
export const copying = { done: "Copied", failed: "Could not copy" } as const;

/** Changes in general. */
export const changing = {
  save: "Save",
  change: "Change…",
  cancel: "Cancel",
  copy: "Copy",
  confirm: "Confirm it in the dialog",
  confirmWords: "Ligand has opened one on this machine. A page alone can never change what runs here, or whom it trusts.",
  saved: "Saved.",
  locked: "This host runs on its environment alone: its settings are the variables that it was started with.",
} as const;

/** How a remark is marked, by how much it matters. */
export const noticeLooks: Readonly<Record<"info" | "good" | "warning" | "error", Look>> = {
  info: { word: "Note", shape: "ring", tone: "busy" },
  good: { word: "Good", shape: "disc", tone: "good" },
  warning: { word: "Warning", shape: "triangle", tone: "warn" },
  error: { word: "Error", shape: "cross", tone: "bad" },
};

/** The mark of a workspace that runs outside the platform. */
export const remote = { word: "★ REMOTE", hint: "Runs outside the platform" } as const;

/** What in an agent's text is no text, for the ear. */
export const markdown = { task: "Task", table: "Table", image: (words: string) => `[image: ${words || "without words"}]` } as const;

/** Of a field. */
export const optional = "(optional)";
