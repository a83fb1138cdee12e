// Where we may not see the whole org: a key for it, which the host keeps once the person at this machine has said yes, and
// the way to be rid of one that is refused.

import { useState } from "react";

import { ask } from "../host/routes";
import { Confirming } from "../parts/Confirming";
import { Field } from "../parts/Field";
import { ForgetKey } from "../parts/ForgetKey";
import { useChange } from "../parts/use-change";
import { useOrg } from "../store/context";
import { keyWords } from "../words/canvas";
import { judgeSecret } from "../words/judge";
import "./attention.css";
import "./key-offer.css";

/** The offer; nothing where the whole org is seen, or nothing is known yet. */
export function KeyOffer({ profile }: { profile: string }) {
  const narrow = useOrg(profile, (org) => org.asOf !== null && org.scope !== "org") ?? false;
  return narrow ? <Offer profile={profile} /> : null;
}

function Offer({ profile }: { profile: string }) {
  const refused = useOrg(profile, (org) => org.keyRefused) ?? false;
  const [key, setKey] = useState("");
  const change = useChange();
  const judged = judgeSecret(key);
  const keep = async () => {
    if (await change.run(ask.keepOrgKey(profile, key))) {
      setKey("");
    }
  };
  return (
    <details className="attention key-offer">
      <summary>{refused ? keyWords.replace : keyWords.offer}</summary>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        <Field
          secret
          code
          label={keyWords.label}
          hint={keyWords.hint}
          value={key}
          onChange={setKey}
          judged={judged}
          disabled={change.asking}
        />
        <Confirming change={change} />
        <div className="form-foot">
          {refused && <ForgetKey profile={profile} change={change} />}
          <button type="submit" className="button button-main" disabled={change.asking || key === "" || !judged.good}>
            {keyWords.keep}
          </button>
        </div>
      </form>
    </details>
  );
}
