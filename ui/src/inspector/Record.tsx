// The switch that has bodies recorded. While it is on, that is said.

import { useMemo } from "react";

import { ask } from "../host/routes";
import { Failure } from "../parts/Failure";
import { Notice } from "../parts/Notice";
import { Switch } from "../parts/Switch";
import { useAsked } from "../parts/use-asked";
import { useChange } from "../parts/use-change";
import { deliveryWords, size } from "../words/deliveries";

/** The switch; `deliveries` is how many there are, since each may be one more whose body is kept. */
export function Record({ deliveries }: { deliveries: number }) {
  const wanted = useMemo(() => ask.recording(), []);
  const { answer: recording, failure, again } = useAsked(wanted, String(deliveries));
  const change = useChange();
  const why = change.failure ?? failure;
  return (
    <>
      <Switch
        small
        label={deliveryWords.record}
        on={recording?.on ?? false}
        disabled={!recording || change.asking}
        onChange={(on) => {
          void change.run(ask.record(on)).then(again);
        }}
      />
      {why && <Failure failure={why} />}
      {recording?.on === true && (
        <div className="inspector-recording" role="status">
          <Notice weight="warning">
            {deliveryWords.recording(recording.kept, recording.most, size(recording.longest))}
          </Notice>
        </div>
      )}
    </>
  );
}
