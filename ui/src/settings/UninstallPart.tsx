// Taking Ligand off this account. The host ends with it, so what was deleted is said in a dialog that is not this page's.

import { useState } from "react";

import { ask } from "../host/routes";
import { useChange } from "../parts/use-change";
import { uninstalling } from "../words/settings";
import { Removal } from "./Removal";

/** The part. */
export function UninstallPart() {
  const [isEnding, setEnding] = useState(false);
  const remove = useChange();
  return (
    <Removal
      title={uninstalling.title}
      lead={uninstalling.lead}
      look={uninstalling.look}
      sure={uninstalling.sure}
      ask={ask.everything()}
      change={remove}
      ending={isEnding ? uninstalling.ending : undefined}
      onSure={() => {
        void remove.run(ask.uninstall()).then((done) => {
          setEnding(done !== null);
        });
      }}
    >
      <p>{uninstalling.besides}</p>
    </Removal>
  );
}
