// The ways in, each with its reason and its caveat, and what more has to be said of the one that was chosen.

import { Choice } from "../parts/Choice";
import { Field } from "../parts/Field";
import { judgeListen, judgePublic, judgeRelay } from "../words/judge";
import { exposures, exposureWords } from "../words/welcome";
import type { ExposureDraft } from "./draft";

const icons = { auto: "spark", relay: "network", cloudflared: "down", ngrok: "down", url: "laptop" } as const;

interface ExposureFieldsProps {
  draft: ExposureDraft;
  change: (change: Partial<ExposureDraft>) => void;
}

/** The cards, with the fields of the one that is chosen. */
export function ExposureFields({ draft, change }: ExposureFieldsProps) {
  return (
    <Choice
      legend={exposureWords.title}
      options={exposures.map(({ value, title, reason, caveat }) => ({
        value,
        title,
        icon: icons[value],
        ...(value === "auto" && { badge: exposureWords.recommended }),
        words: (
          <>
            {reason} <span className="caveat">{caveat}</span>
          </>
        ),
      }))}
      chosen={draft.exposure}
      onChoose={(exposure) => {
        change({ exposure });
      }}
      more={<More draft={draft} change={change} />}
    />
  );
}

function More({ draft, change }: ExposureFieldsProps) {
  switch (draft.exposure) {
    case "auto":
    case "cloudflared":
    case "ngrok":
      return null;
    case "relay":
      return (
        <Field
          code
          label={exposureWords.relay}
          hint={exposureWords.relayHint}
          placeholder="https://relay.example"
          value={draft.relay}
          onChange={(relay) => {
            change({ relay });
          }}
          judged={judgeRelay(draft.relay)}
        />
      );
    case "url":
      return (
        <>
          <Field
            code
            label={exposureWords.publicAddress}
            hint={exposureWords.publicHint}
            placeholder="https://laptop.example"
            value={draft.publicUrl}
            onChange={(publicUrl) => {
              change({ publicUrl });
            }}
            judged={judgePublic(draft.publicUrl)}
          />
          <Field
            code
            label={exposureWords.listen}
            value={draft.listen}
            onChange={(listen) => {
              change({ listen });
            }}
            judged={judgeListen(draft.listen)}
          />
        </>
      );
  }
}
