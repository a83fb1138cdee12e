// What holds for the whole laptop.

import { useMemo } from "react";

import type { ChangeGeneral } from "../generated/ChangeGeneral";
import type { Settings } from "../generated/Settings";
import { ask } from "../host/routes";
import { CopyButton } from "../parts/CopyButton";
import { Failure } from "../parts/Failure";
import { Row, Section } from "../parts/Section";
import { Strange } from "../parts/Strange";
import { Switch } from "../parts/Switch";
import { useAsked } from "../parts/use-asked";
import { useChange } from "../parts/use-change";
import { vaultWords } from "../words/about";
import { changing } from "../words/parts";
import { general, logLevels } from "../words/settings";
import { NotificationsPart } from "./NotificationsPart";
import { ProxyPart } from "./ProxyPart";
import { UninstallPart } from "./UninstallPart";
import { UpdatesPart } from "./UpdatesPart";

interface GeneralPartProps {
  settings: Settings;
  onChanged: () => void;
}

/** The part. */
export function GeneralPart({ settings, onChanged }: GeneralPartProps) {
  const { log_level: level, keep_awake: awake } = settings.general;
  const change = useChange();
  const set = async (wanted: ChangeGeneral) => {
    if (await change.run(ask.changeGeneral(wanted))) {
      onChanged();
    }
  };
  const locked = !settings.can_change || change.asking;
  return (
    <>
      <Section title={general.startTitle}>
        <LoginSwitch />
        <Switch
          label={general.awake}
          hint={general.awakeHint}
          on={awake}
          disabled={locked}
          onChange={(on) => void set({ keep_awake: on })}
        />
      </Section>
      {change.failure && <Failure failure={change.failure} />}
      <NotificationsPart />
      <ProxyPart settings={settings} onChanged={onChanged} />
      <Section title={general.logTitle}>
        <Row
          title={general.level}
          hint={settings.log_override === null ? general.levelHint : <Strange text={general.override(settings.log_override)} />}
        >
          <select
            className="select"
            aria-label={general.level}
            value={level}
            disabled={locked}
            onChange={(event) => void set({ log_level: event.target.value as typeof level })}
          >
            {logLevels.map(({ value, word }) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
        </Row>
      </Section>
      <UpdatesPart settings={settings} locked={locked} set={(change) => void set(change)} onChanged={onChanged} />
      <Section title={general.keptTitle}>
        <Row title={general.secrets} hint={<Strange text={vaultWords(settings.secrets)} />} />
        <Row title={general.config} hint={<Strange text={settings.config_file} />}>
          <CopyButton label={changing.copy} text={() => settings.config_file} />
        </Row>
      </Section>
      {settings.can_change && <UninstallPart />}
    </>
  );
}

function LoginSwitch() {
  const wanted = useMemo(() => ask.loginItem(), []);
  const { answer, failure, again } = useAsked(wanted);
  const change = useChange();
  const why = change.failure ?? failure;
  return (
    <>
      <Switch
        label={general.login}
        hint={general.loginHint}
        on={answer?.on ?? false}
        disabled={!answer || change.asking}
        onChange={(on) => {
          void change.run(ask.setLoginItem(on)).then(again);
        }}
      />
      {why && <Failure failure={why} />}
    </>
  );
}
