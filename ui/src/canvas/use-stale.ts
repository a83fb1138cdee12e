// Whether what the Canvas shows is live, and if not, what it shows: the org as it was then, and why.

import { useMemo } from "react";

import { useModel, useOrg } from "../store/context";
import { noteWords } from "../words/canvas";
import { moment, momentOf } from "../words/figures";

/** The org as it was. */
export interface Stale {
  /** On this machine's clock; null when that is no time. */
  asOf: string | null;
  why: string;
}

/** Null while the org is live, or nothing is known of it. */
export function useStale(profile: string): Stale | null {
  const connection = useModel((model) => model.connection);
  const live = useOrg(profile, (org) => org.live) ?? false;
  const known = useOrg(profile, (org) => org.asOf !== null) ?? false;
  // While it is live it changes with each sign of life, and says nothing.
  const asOf = useOrg(profile, (org) => (org.live ? null : org.asOf)) ?? null;
  const note = useOrg(profile, (org) => org.note) ?? null;
  return useMemo(() => {
    if (!known) {
      return null;
    }
    if (!live) {
      return { asOf: momentOf(asOf), why: note ?? noteWords.unheard };
    }
    return connection.state === "lost"
      ? { asOf: connection.heard && moment(connection.heard), why: connection.failure.message }
      : null;
  }, [connection, known, live, asOf, note]);
}
