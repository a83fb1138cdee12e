// The third door: the org that Ligand brings along.

import { hrefOf } from "../app/route";
import { ask } from "../host/routes";
import { Confirming } from "../parts/Confirming";
import { CopyButton } from "../parts/CopyButton";
import { useChange } from "../parts/use-change";
import { useModel, useShared } from "../store/context";
import { choose } from "../store/model";
import { changing } from "../words/parts";
import { tryIt } from "../words/welcome";
import { Frame } from "./Frame";
import type { StepProps } from "./Welcome";

/** The profile that the local org brings. */
const LOCAL = "local";
const COMMAND = "ligand up --local";

interface TryStepProps extends StepProps {
  onAdded: (profile: string) => void;
}

/** The step. */
export function TryStep({ onBack, onAdded }: TryStepProps) {
  const { store } = useShared();
  const change = useChange();
  const runs = useModel(
    (model) => model.status?.profiles.some(({ name, presence }) => name === LOCAL && presence.state === "online") ?? false,
  );
  const begin = async () => {
    const added = await change.run(ask.bringLocalOrg());
    if (added) {
      onAdded(added.profile);
    }
  };
  return (
    <Frame
      title={tryIt.title}
      lead={tryIt.lead}
      next={runs ? tryIt.open : tryIt.begin}
      ready
      busy={change.asking}
      onBack={onBack}
      onNext={() => {
        if (runs) {
          choose(store, LOCAL);
          window.location.hash = hrefOf("canvas");
        } else {
          void begin();
        }
      }}
    >
      {runs ? (
        <p>{tryIt.running}</p>
      ) : (
        <div className="try">
          <p>{tryIt.note}</p>
          <p className="step-wait">{tryIt.how}</p>
          <p className="try-command">
            <code>{COMMAND}</code>
            <CopyButton quiet label={changing.copy} text={() => COMMAND} />
          </p>
          <Confirming change={change} />
        </div>
      )}
    </Frame>
  );
}
