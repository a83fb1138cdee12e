// How the checkup came out, in one line, read out when it comes.

import type { DoctorReport } from "../generated/DoctorReport";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { checkupWords, outcome } from "../words/checkup";
import { verdictLook } from "../words/health";
import type { Look } from "../words/look";

const looking: Look = { word: "", shape: "half", tone: "busy" };

interface OutcomeProps {
  profile: string;
  /** None before the first. */
  report: DoctorReport | null;
  /** There is none because it failed. */
  failed: boolean;
}

/** The line. */
export function Outcome({ profile, report, failed }: OutcomeProps) {
  if (!report && failed) {
    return null;
  }
  const came = report && outcome(report);
  return (
    <div className="outcome" role="status">
      <span className={`outcome-mark outcome-${came?.verdict ?? "asking"}`}>
        <StateMark look={came ? verdictLook(came.verdict) : looking} />
      </span>
      <div>
        <p className="outcome-title">{came?.title ?? checkupWords.asking}</p>
        <p className="outcome-words">
          <Strange text={checkupWords.profile(profile)} /> · {came?.words ?? checkupWords.first}
        </p>
      </div>
    </div>
  );
}
