// Times as people read them. The same words as the command line's.

/** From here on a time is said in seconds. */
const SECONDS_FROM_MS = 10_000;

/** A measured time: `0.4 ms`, `41 ms`, `12.3 s`. */
export function milliseconds(ms: number): string {
  return ms < SECONDS_FROM_MS ? `${figure(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Tenths only where they say something. */
function figure(ms: number): string {
  return ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0);
}

// 24 hours and English, whatever the machine's language is, because every other word is English too.
const MINUTE = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const SECOND = { ...MINUTE, second: "2-digit" } as const;
const DAY = { day: "numeric", month: "short" } as const;
const form = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", options);
const forms = {
  second: { today: form(SECOND), before: form({ ...DAY, ...SECOND }) },
  minute: { today: form(MINUTE), before: form({ ...DAY, ...MINUTE }) },
};

/** A moment on the clock of this machine, `14:03:10`, with its day if that is not today's. */
export function moment(at: Date, to: keyof typeof forms = "second", now: Date = new Date()): string {
  return forms[to][at.toDateString() === now.toDateString() ? "today" : "before"].format(at);
}

/** The same for a time as the host writes it; null for none and for what is no time. */
export function momentOf(rfc3339: string | null, to: keyof typeof forms = "second"): string | null {
  const at = rfc3339 === null ? Number.NaN : Date.parse(rfc3339);
  return Number.isNaN(at) ? null : moment(new Date(at), to);
}

/** A number of things: `1 task`, `3 tasks`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
