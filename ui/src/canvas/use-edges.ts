// Who spoke to whom in the last hour, asked for while lines are wanted and the window is in sight.

import { useEffect, useState } from "react";

import type { Call } from "../generated/Call";
import type { Edge } from "../stage/scene";
import { useLooking, useShared } from "../store/context";
import { count, momentOf } from "../words/figures";

/** How often it is asked for, in milliseconds. */
const EVERY = 15_000;
/** As on the platform's own canvas: newer than this is fresh, in milliseconds. */
const FRESH = 5 * 60_000;

const none: readonly Edge[] = [];

/** The lines. */
export function useEdges(profile: string): readonly Edge[] {
  const { host } = useShared();
  const wanted = useLooking(profile, (looking) => looking.calls);
  const [edges, setEdges] = useState(none);
  useEffect(() => {
    if (!wanted) {
      return undefined;
    }
    let over = false;
    const ask = async () => {
      if (document.hidden) {
        return;
      }
      try {
        const { calls } = await host.calls(profile);
        if (!over) {
          setEdges(calls.map(edge));
        }
      } catch {
        // What was known stays, and it is asked for again.
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), EVERY);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [host, profile, wanted]);
  return wanted ? edges : none;
}

function edge({ from, to, messages, delegations, last }: Call): Edge {
  const words = [messages > 0 && count(messages, "message"), delegations > 0 && count(delegations, "delegation")];
  return {
    from,
    to,
    fresh: Date.now() - Date.parse(last) < FRESH,
    words: [...words.filter(Boolean), momentOf(last, "minute")].filter(Boolean).join(" · "),
  };
}
