// Something that is changed with one request: whether it is under way, and why it did not work.

import { useCallback, useState } from "react";

import type { ApiError } from "../generated/ApiError";
import { failureOf } from "../host/host";
import type { Ask } from "../host/routes";
import { keepingFocus } from "./keep-focus";
import { useShared } from "../store/context";

/** How the last change went. */
export interface Change {
  asking: boolean;
  failure: ApiError | null;
  /** Asks for the change; gives the answer, or null when it failed. */
  run: <Answer>(wanted: Ask<Answer>) => Promise<Answer | null>;
}

/** One change at a time. */
export function useChange(): Change {
  const { host } = useShared();
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const run = useCallback(
    async <Answer>(wanted: Ask<Answer>) => {
      setAsking(true);
      setFailure(null);
      try {
        return await keepingFocus(() => host.ask(wanted));
      } catch (thrown) {
        setFailure(failureOf(thrown));
        return null;
      } finally {
        setAsking(false);
      }
    },
    [host],
  );
  return { asking, failure, run };
}
