// The button that starts or stops a profile, as its state is.

import { useState } from "react";

import type { ApiError } from "../generated/ApiError";
import type { PresenceWord } from "../generated/PresenceWord";
import { failureOf } from "../host/host";
import { Failure } from "../parts/Failure";
import { useModel, useShared } from "../store/context";
import { cardWords } from "../words/panel";
import { atRest } from "../words/profile";

interface StartStopProps {
  profile: string;
  state: PresenceWord;
}

/** The button, and what went wrong with the last press. */
export function StartStop({ profile, state }: StartStopProps) {
  const { host } = useShared();
  const live = useModel((model) => model.connection.state === "live");
  const [asked, setAsked] = useState<"start" | "stop" | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const start = atRest(state);
  const press = async () => {
    setAsked(start ? "start" : "stop");
    setFailure(null);
    try {
      await (start ? host.start(profile) : host.stop(profile));
    } catch (thrown) {
      setFailure(failureOf(thrown));
    }
    setAsked(null);
  };
  return (
    <>
      <button
        type="button"
        className={start ? "button button-main" : "button"}
        disabled={!live || asked !== null}
        onClick={() => void press()}
      >
        {words(start, asked)}
      </button>
      {failure && <Failure failure={failure} />}
    </>
  );
}

function words(start: boolean, asked: "start" | "stop" | null): string {
  if (asked !== null) {
    return asked === "start" ? cardWords.starting : cardWords.stopping;
  }
  return start ? cardWords.start : cardWords.stop;
}
