// Sending a delivery again: by hand with a command, or once more to the agent.

import { useState } from "react";

import type { Replayed } from "../generated/Replayed";
import { ask } from "../host/routes";
import { CopyButton } from "../parts/CopyButton";
import { Failure } from "../parts/Failure";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { Prose } from "../parts/Prose";
import { useChange } from "../parts/use-change";
import { useShared } from "../store/context";
import { deliveryWords, outcomeLook } from "../words/deliveries";
import { sentence } from "../words/sentence";

/** The two buttons, and how the replay went. */
export function Again({ profile, id }: { profile: string; id: number }) {
  const { host } = useShared();
  const change = useChange();
  const [replayed, setReplayed] = useState<Replayed | null>(null);
  return (
    <div className="again">
      <CopyButton
        label={deliveryWords.curl}
        text={async () => (await host.ask(ask.curl(profile, id))).text}
      />
      <button
        type="button"
        className="button"
        disabled={change.asking}
        onClick={() => {
          setReplayed(null);
          void change.run(ask.replay(profile, id)).then(setReplayed);
        }}
      >
        <Icon name="again" />
        {deliveryWords.replay}
      </button>
      <div className="again-said" role="status">
        {replayed && (
          <Notice weight={replayed.outcome === "answered" ? "good" : "warning"}>
            {deliveryWords.replayed(outcomeLook(replayed.outcome).word)}
            {replayed.words !== null && <Prose text={` ${sentence(replayed.words)}`} />}
          </Notice>
        )}
      </div>
      {change.failure && <Failure failure={change.failure} />}
    </div>
  );
}
