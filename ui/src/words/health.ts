// What is wrong, counted and worded.

import type { Severity } from "../generated/Severity";
import type { Status } from "../generated/Status";
import type { Verdict } from "../generated/Verdict";
import type { Look } from "./look";

const matters = ({ severity }: { severity: Severity }) => severity !== "info";

/** How many things are wrong, of the host and of all profiles; notes do not count. */
export function attention(status: Status | null): number {
  if (!status) {
    return 0;
  }
  const own = status.profiles.map((profile) => profile.health.filter(matters).length);
  return own.reduce((sum, some) => sum + some, status.host.health.filter(matters).length);
}

const verdicts: Readonly<Record<Verdict, Look>> = {
  ok: { word: "Fine", shape: "disc", tone: "good" },
  warning: { word: "Warning", shape: "triangle", tone: "warn" },
  problem: { word: "Problem", shape: "cross", tone: "bad" },
  skipped: { word: "Not looked at", shape: "minus", tone: "quiet" },
};

/** How a check came out; a verdict of a newer host is shown by its name. */
export function verdictLook(verdict: Verdict): Look {
  return Object.hasOwn(verdicts, verdict) ? verdicts[verdict] : { word: verdict, shape: "ring", tone: "quiet" };
}
