// Taking a profile off this laptop: first what that deletes, then the word for it, then what was deleted.

import { hrefOf } from "../app/route";
import type { Trace } from "../generated/Trace";
import { ask } from "../host/routes";
import { Section } from "../parts/Section";
import { useChange } from "../parts/use-change";
import { forgetting } from "../words/settings";
import { Removal } from "./Removal";
import { Traces } from "./Traces";

interface ForgetPartProps {
  profile: string;
  /** It is on its way out. */
  onForget: () => void;
  onForgotten: (traces: readonly Trace[]) => void;
}

/** The part. */
export function ForgetPart({ profile, onForget, onForgotten }: ForgetPartProps) {
  const forget = useChange();
  return (
    <Removal
      title={forgetting.title}
      lead={forgetting.lead}
      sure={forgetting.sure}
      ask={ask.traces(profile)}
      change={forget}
      onSure={() => {
        onForget();
        void forget.run(ask.forget(profile)).then((done) => {
          if (done) {
            onForgotten(done.traces);
          }
        });
      }}
    />
  );
}

interface ForgottenProps {
  traces: readonly Trace[];
  onClose: () => void;
}

/** What was deleted. */
export function Forgotten({ traces, onClose }: ForgottenProps) {
  return (
    <Section title={forgetting.title}>
      <div role="status">
        <p>{traces.length === 0 ? forgetting.nothing : forgetting.done}</p>
        <Traces traces={traces} />
      </div>
      <p className="form-foot">
        <a className="button" href={hrefOf("canvas")} onClick={onClose}>
          {forgetting.close}
        </a>
      </p>
    </Section>
  );
}
