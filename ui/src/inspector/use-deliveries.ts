// The last deliveries of a profile, as they come and end.

import { useEffect, useState } from "react";

import type { ApiError } from "../generated/ApiError";
import type { DeliveryView } from "../generated/DeliveryView";
import { failureOf } from "../host/host";
import { pause } from "../host/retry";
import { ask } from "../host/routes";
import { useModel, useShared } from "../store/context";

/** Deliveries that are shown at the most. */
const MOST = 200;
/** Seconds that a new one is waited for. */
const WAIT_S = 20;
/** While one is worked on, and after a failure, it is looked again after so many milliseconds. */
const LOOK_AGAIN = 700;

/** The newest first; null before the first answer. */
export function useDeliveries(profile: string): { deliveries: readonly DeliveryView[] | null; failure: ApiError | null } {
  const { host } = useShared();
  const live = useModel((model) => model.connection.state === "live");
  const [deliveries, setDeliveries] = useState<readonly DeliveryView[] | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  useEffect(() => {
    if (!live) {
      return;
    }
    const stop = new AbortController();
    const over = () => stop.signal.aborted;
    const follow = async () => {
      while (!over()) {
        try {
          const { deliveries } = await host.ask(ask.deliveries(profile, MOST));
          if (over()) {
            return;
          }
          setDeliveries(deliveries.toReversed());
          setFailure(null);
          if (deliveries.some(({ outcome }) => outcome === null)) {
            await pause(LOOK_AGAIN, stop.signal);
          } else {
            await host.ask(ask.deliveries(profile, 1, deliveries.at(-1)?.id ?? 0, WAIT_S));
          }
        } catch (thrown) {
          if (over()) {
            return;
          }
          setFailure(failureOf(thrown));
          await pause(LOOK_AGAIN, stop.signal);
        }
      }
    };
    void follow();
    return () => {
      stop.abort();
    };
  }, [host, profile, live]);
  return { deliveries, failure };
}
