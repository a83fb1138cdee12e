// Whether newer versions are looked for, and where. Whoever is asked learns that this laptop asks, so the address is
// confirmed.

import { useState } from "react";

import type { ChangeGeneral } from "../generated/ChangeGeneral";
import type { Settings } from "../generated/Settings";
import { ask } from "../host/routes";
import { Field } from "../parts/Field";
import { Row, Section } from "../parts/Section";
import { Strange } from "../parts/Strange";
import { Switch } from "../parts/Switch";
import { judgeUpdates } from "../words/judge";
import { updates } from "../words/settings";
import { Editable } from "./Editable";

interface UpdatesPartProps {
  settings: Settings;
  locked: boolean;
  set: (change: ChangeGeneral) => void;
  onChanged: () => void;
}

/** The part. */
export function UpdatesPart({ settings: { general, can_change: canChange }, locked, set, onChanged }: UpdatesPartProps) {
  const { update_check: on, update_url: url } = general;
  const [text, setText] = useState(url ?? "");
  const typed = text.trim();
  const judged = judgeUpdates(text);
  const wanted = typed === "" ? (url === null ? null : ask.changeUpdateUrl(null)) : ask.changeUpdateUrl(typed);
  const now = url === null ? updates.none : <Strange text={url} className="facts-code" />;
  return (
    <Section title={updates.title}>
      <Switch
        label={updates.check}
        hint={url === null ? `${updates.hint} ${updates.needsAddress}` : updates.hint}
        on={on}
        disabled={locked || (url === null && !on)}
        onChange={(on) => {
          set({ update_check: on });
        }}
      />
      {canChange ? (
        <Editable
          label={updates.address}
          now={
            <>
              <p className="row-title">{updates.address}</p>
              <p className="row-hint">{now}</p>
            </>
          }
          wanted={typed === "" || judged.good ? wanted : null}
          onChanged={onChanged}
          onCancel={() => {
            setText(url ?? "");
          }}
        >
          <Field
            code
            optional
            label={updates.address}
            hint={updates.addressHint}
            placeholder="https://acme.example/latest.json"
            value={text}
            onChange={setText}
            judged={judged}
          />
        </Editable>
      ) : (
        <Row title={updates.address} hint={now} />
      )}
    </Section>
  );
}
