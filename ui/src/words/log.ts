// A line of the log, taken apart: when, how bad, who said it, what.

/** How bad, the worst last. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** The levels, the worst last. */
export const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** A line. */
export interface LogLine {
  /** As it stands in the file. */
  whole: string;
  /** RFC 3339, if it begins so. */
  at: string | null;
  level: LogLevel | null;
  /** The part of the program that wrote it. */
  source: string | null;
  text: string;
}

const PARTS = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))\s+(TRACE|DEBUG|INFO|WARN|ERROR)\s+(?:([\w:]+):\s)?(.*)$/s;

/** Takes a line apart; one of another form (an agent's own) is all text. */
export function readLine(whole: string): LogLine {
  const [, at, level, source, text] = PARTS.exec(whole) ?? [];
  if (at === undefined || level === undefined || text === undefined) {
    return { whole, at: null, level: null, source: null, text: whole };
  }
  return { whole, at, level: level.toLowerCase() as LogLevel, source: source ?? null, text };
}

/** What is wanted of a log. */
export interface LogWish {
  /** This bad or worse; a line without a level goes with the one before it. */
  least: LogLevel;
  /** Lines that have this text, in capitals or not. */
  text: string;
}

/** The lines that are wanted. */
export function wanted(lines: readonly LogLine[], { least, text }: LogWish): LogLine[] {
  const sought = text.trim().toLowerCase();
  const floor = levels.indexOf(least);
  // Before the first level nothing is known of a line: then it is shown.
  let level = levels.length;
  return lines.filter((line) => {
    if (line.level) {
      level = levels.indexOf(line.level);
    }
    return level >= floor && line.whole.toLowerCase().includes(sought);
  });
}

/** What the screen says. */
export const logWords = {
  source: "Whose log",
  host: "Ligand itself",
  agentOf: (profile: string) => `Agent of ${profile}`,
  level: "Level",
  levels: [
    { value: "trace", word: "All" },
    { value: "info", word: "Info" },
    { value: "warn", word: "Warnings" },
    { value: "error", word: "Errors" },
  ],
  search: "Search the log",
  follow: "Follow",
  copy: "Copy",
  lines: "Lines of the log",
  /** What the host's lines about a profile have in them. */
  concerns: (profile: string) => `profile=${profile}`,
  newest: "Newest",
  loading: "Reading the log…",
  noneYet: "Nothing has been logged yet",
  noneYetAgent: "An agent that Ligand starts writes here what it prints.",
  noneSuch: "No such lines",
  noneSuchHint: "Ask for more levels, or search for something else.",
} as const;
