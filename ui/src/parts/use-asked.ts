// Something that is asked of the host when a screen opens, again when the host is heard again, and when it is wished.

import { useCallback, useEffect, useState } from "react";

import type { ApiError } from "../generated/ApiError";
import { failureOf } from "../host/host";
import type { Ask } from "../host/routes";
import { useModel, useShared } from "../store/context";

/** What came of it so far. */
export interface Asked<Answer> {
  /** The last answer. */
  answer: Answer | null;
  /** Why the last try gave none. */
  failure: ApiError | null;
  /** It is on its way. */
  asking: boolean;
  again: () => void;
}

interface Held<Answer> {
  of: string;
  answer: Answer | null;
  failure: ApiError | null;
}

/** Asks for it; `wanted` must stay the same for as long as it means the same. It is asked again when `since` changes. */
export function useAsked<Answer>(wanted: Ask<Answer> | null, since = ""): Asked<Answer> {
  const { host } = useShared();
  const live = useModel((model) => model.connection.state === "live");
  const [round, setRound] = useState(0);
  const [held, setHeld] = useState<Held<Answer> | null>(null);
  const turn = `${wanted?.path ?? ""} ${round} ${live} ${since}`;
  useEffect(() => {
    if (!wanted || !live) {
      return;
    }
    let over = false;
    host.ask(wanted).then(
      (answer) => {
        if (!over) {
          setHeld({ of: turn, answer, failure: null });
        }
      },
      (thrown: unknown) => {
        if (!over) {
          setHeld((before) => ({ of: turn, answer: before?.answer ?? null, failure: failureOf(thrown) }));
        }
      },
    );
    return () => {
      over = true;
    };
  }, [host, wanted, live, turn]);
  const again = useCallback(() => {
    setRound((round) => round + 1);
  }, []);
  return {
    answer: held?.answer ?? null,
    failure: held?.failure ?? null,
    asking: wanted !== null && live && held?.of !== turn,
    again,
  };
}
