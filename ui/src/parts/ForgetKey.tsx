// Takes a profile's org key back. How that goes, whoever shows the button says.

import { ask } from "../host/routes";
import { keyWords } from "../words/canvas";
import type { Change } from "./use-change";

/** The button. */
export function ForgetKey({ profile, change }: { profile: string; change: Change }) {
  return (
    <button
      type="button"
      className="button"
      aria-label={`${keyWords.forget}: ${keyWords.label}`}
      disabled={change.asking}
      onClick={() => void change.run(ask.forgetOrgKey(profile))}
    >
      {keyWords.forget}
    </button>
  );
}
