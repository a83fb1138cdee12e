// Whether something is told when this workspace goes offline.

import { useMemo } from "react";

import { ask } from "../host/routes";
import { Failure } from "../parts/Failure";
import { useAsked } from "../parts/use-asked";
import { useChange } from "../parts/use-change";
import { useModel } from "../store/context";
import { notifications } from "../words/settings";

/** The button, pressed while nothing is told. */
export function Mute({ profile, id }: { profile: string; id: string }) {
  const live = useModel((model) => model.connection.state === "live");
  const wanted = useMemo(() => ask.notifications(), []);
  const { answer, failure, again } = useAsked(wanted);
  const change = useChange();
  const isMuted = id in (answer?.muted[profile] ?? {});
  const why = change.failure ?? failure;
  return (
    <>
      <button
        type="button"
        className="button"
        title={notifications.muteHint}
        aria-pressed={isMuted}
        disabled={!live || !answer || change.asking}
        onClick={() => {
          void change.run(ask.mute(profile, id, !isMuted)).then(again);
        }}
      >
        {isMuted ? notifications.mutedOne : notifications.mute}
      </button>
      {why && <Failure failure={why} />}
    </>
  );
}
