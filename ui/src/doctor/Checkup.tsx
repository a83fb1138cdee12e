// Health: what the host has looked at between the org and the agent, what it found, and what to do next.

import { useMemo } from "react";

import type { Verdict } from "../generated/Verdict";
import { ask } from "../host/routes";
import { Failure } from "../parts/Failure";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { Page } from "../parts/Page";
import { Section } from "../parts/Section";
import { useAsked } from "../parts/use-asked";
import { checkupWords } from "../words/checkup";
import { screens } from "../words/screens";
import { Checks } from "./Checks";
import { Diagnostics } from "./Diagnostics";
import { Outcome } from "./Outcome";
import "./checkup.css";

/** The screen. */
export function Checkup({ profile }: { profile: string | null }) {
  const wanted = useMemo(() => (profile === null ? null : ask.doctor(profile)), [profile]);
  const { answer, failure, asking, again } = useAsked(wanted);
  const of = (...verdicts: Verdict[]) => answer?.checks.filter(({ verdict }) => verdicts.includes(verdict)) ?? [];
  const [ill, skipped] = [of("problem", "warning"), of("skipped")];
  const fine = answer?.checks.filter((check) => !ill.includes(check) && !skipped.includes(check)) ?? [];
  return (
    <Page
      title={screens.health.name}
      lead={screens.health.lead}
      actions={
        <button type="button" className="button" disabled={asking || wanted === null} onClick={again}>
          <Icon name="again" />
          {asking ? checkupWords.asking : checkupWords.again}
        </button>
      }
    >
      {profile === null && <Notice>{checkupWords.host}</Notice>}
      {failure && <Failure failure={failure} />}
      {profile !== null && <Outcome profile={profile} report={answer} failed={failure !== null} />}
      {ill.length > 0 && (
        <Section title={checkupWords.attention}>
          <Checks checks={ill} />
        </Section>
      )}
      {fine.length > 0 && (
        <Section title={checkupWords.fine}>
          <Checks checks={fine} />
        </Section>
      )}
      {skipped.length > 0 && (
        <Section title={checkupWords.skipped}>
          <Checks checks={skipped} />
        </Section>
      )}
      <Diagnostics />
    </Page>
  );
}
