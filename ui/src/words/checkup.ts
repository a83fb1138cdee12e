// What the checkup says, and how it all came out.

import type { DoctorReport } from "../generated/DoctorReport";
import type { Verdict } from "../generated/Verdict";
import { count } from "./figures";

/** The screen's own words. */
export const checkupWords = {
  again: "Look again",
  asking: "Looking…",
  copy: "Copy diagnostics",
  file: "Save as zip",
  filed: "Saved to",
  diagnostics: "Diagnostics",
  diagnosticsLead: "Versions, config, health and logs for somebody who helps you. No secret, no door’s address and no message is in them.",
  first: "Looking at everything. This takes a few seconds.",
  profile: (name: string) => `Profile ${name}`,
  host: "Without a profile there is nothing to look at yet. Add a workspace first.",
  attention: "Needs attention",
  fine: "Fine",
  skipped: "Not looked at",
  fineHint: "Everything else that was looked at is as it should be.",
} as const;

/** How it all came out. */
export function outcome({ checks }: DoctorReport): { verdict: Verdict; title: string; words: string } {
  const number = (verdict: Verdict) => checks.filter((check) => check.verdict === verdict).length;
  const [problems, warnings, fine] = [number("problem"), number("warning"), number("ok")];
  const looked = `${count(fine + problems + warnings, "thing")} looked at, ${fine} of them fine.`;
  if (problems > 0) {
    const and = warnings > 0 ? ` and ${count(warnings, "warning")}` : "";
    return { verdict: "problem", title: `${count(problems, "problem")}${and}`, words: looked };
  }
  if (warnings > 0) {
    return { verdict: "warning", title: `It works, with ${count(warnings, "warning")}`, words: looked };
  }
  return { verdict: "ok", title: "Everything works", words: looked };
}
