// How messages reach this laptop. Which relay is trusted is confirmed.

import { useState } from "react";

import type { ExposureConfig } from "../generated/ExposureConfig";
import type { ProfileSettings } from "../generated/ProfileSettings";
import { ask } from "../host/routes";
import { exposureOf, LISTEN, type ExposureDraft } from "../onboarding/draft";
import { ExposureFields } from "../onboarding/ExposureFields";
import { Section } from "../parts/Section";
import { Strange } from "../parts/Strange";
import { exposureLine, profileWords } from "../words/settings";
import { Editable } from "./Editable";

interface ExposurePartProps {
  profile: ProfileSettings;
  onChanged: () => void;
}

/** The part. */
export function ExposurePart({ profile, onChanged }: ExposurePartProps) {
  const { exposure, trusts_relay_with_token: trusts } = profile;
  const [draft, setDraft] = useState(() => draftOf(exposure));
  const wanted = exposureOf(draft);
  // For the relay that has it already, and no other.
  const keepsTrust = trusts && wanted?.kind === "relay" && wanted.url === relayOf(exposure);
  return (
    <Section title={profileWords.reach} lead={profileWords.reachLead}>
      <Editable
        label={profileWords.reach}
        now={
          <>
            <p className="row-title">
              <Strange text={exposureLine(exposure)} />
            </p>
            {trusts && <p className="row-hint">{profileWords.trusted}</p>}
          </>
        }
        wanted={
          wanted &&
          ask.changeExposure(profile.name, {
            exposure: wanted,
            trust_relay_with_token: keepsTrust,
          })
        }
        onChanged={onChanged}
        onCancel={() => {
          setDraft(draftOf(exposure));
        }}
      >
        <ExposureFields
          draft={draft}
          change={(change) => {
            setDraft({ ...draft, ...change });
          }}
        />
      </Editable>
    </Section>
  );
}

function relayOf(exposure: ExposureConfig): string | null {
  return exposure.kind === "relay" || exposure.kind === "auto" ? exposure.url : null;
}

/** The fields with what is there already. */
function draftOf(exposure: ExposureConfig): ExposureDraft {
  const relay = relayOf(exposure);
  const url = exposure.kind === "url";
  return {
    exposure: relay !== null ? "relay" : exposure.kind === "poll" ? "auto" : exposure.kind,
    relay: relay ?? "",
    publicUrl: url ? exposure.url : "",
    listen: url ? exposure.listen : LISTEN,
  };
}
