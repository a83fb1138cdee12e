// Whether what the Canvas shows is live, and if not, what it shows: the org as it was then, and why.

import { useMemo } from "react";

import { useModel, useOrg } from "../store/context";
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
  const asOf = useOrg(profile, (org) => org.asOf) ?? null;
  const note = useOrg(profile, (org) => org.note) ?? null;
  return useMemo(() => {
    if (asOf === null) {
      return null;
    }
    if (!live) {
      return { asOf: momentOf(asOf), why: note ?? "The platform is not heard" };
    }
    return connection.state === "lost"
      ? { asOf: connection.heard && moment(connection.heard), why: connection.failure.message }
      : null;
  }, [connection, live, asOf, note]);
}
