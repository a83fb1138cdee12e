// Checks, each with what was found and what to do next.

import type { DoctorCheck } from "../generated/DoctorCheck";
import { Prose } from "../parts/Prose";
import { StateMark } from "../parts/StateMark";
import { verdictLook } from "../words/health";
import { sentence } from "../words/sentence";

/** The list. */
export function Checks({ checks }: { checks: readonly DoctorCheck[] }) {
  return (
    <ul className="checks">
      {checks.map(({ code, title, verdict, found, next }) => (
        <li key={code} className="check">
          <StateMark look={verdictLook(verdict)} />
          <div className="check-words">
            <p className="check-title">
              <span className="unseen">{verdictLook(verdict).word}: </span>
              <Prose text={title} />
            </p>
            <p className="check-found">
              <Prose text={sentence(found)} />
            </p>
            {next !== null && (
              <p className="check-next">
                <Prose text={sentence(next)} />
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
