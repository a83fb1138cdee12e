// The end of a log, and while it is followed what is added to it.

import { useEffect, useState } from "react";

import type { ApiError } from "../generated/ApiError";
import { failureOf } from "../host/host";
import { ask } from "../host/routes";
import { useModel, useShared } from "../store/context";
import { readLine, type LogLine } from "../words/log";

/** Lines that are shown at the most: what somebody scrolls through; the files have the rest. */
const LINES = 1_000;
/** How often it is read again while it is followed, in milliseconds: about as fast as people read. */
const EVERY = 1_000;

interface Log {
  /** Whose lines these are. */
  of: string | null;
  lines: readonly LogLine[];
}

/** The log of the host, or of that profile's agent; null before the first answer. */
export function useLog(agent: string | null, follow: boolean): { lines: readonly LogLine[] | null; failure: ApiError | null } {
  const { host } = useShared();
  const live = useModel((model) => model.connection.state === "live");
  const [log, setLog] = useState<Log | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  useEffect(() => {
    if (!live) {
      return;
    }
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      // Nobody looks at a hidden page.
      if (!document.hidden) {
        try {
          const { lines } = await host.ask(ask.logs(agent, LINES));
          if (over) {
            return;
          }
          setLog((before) => grown(before, agent, lines));
          setFailure(null);
        } catch (thrown) {
          if (over) {
            return;
          }
          setFailure(failureOf(thrown));
        }
      }
      if (follow) {
        timer = setTimeout(() => void read(), EVERY);
      }
    };
    void read();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [host, agent, follow, live]);
  return { lines: log?.of === agent ? log.lines : null, failure };
}

/** The new lines; the same as before where nothing was added, so that nothing is drawn anew. */
function grown(before: Log | null, of: string | null, lines: readonly string[]): Log {
  if (before?.of !== of) {
    return { of, lines: lines.map(readLine) };
  }
  const last = before.lines.at(-1)?.whole;
  if (before.lines.length === lines.length && last === lines.at(-1) && before.lines[0]?.whole === lines[0]) {
    return before;
  }
  return { of, lines: lines.map(readLine) };
}
