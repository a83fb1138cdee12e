// Everything about one profile.

import { useState } from "react";

import { hrefOf } from "../app/route";
import type { ProfileSettings } from "../generated/ProfileSettings";
import type { Trace } from "../generated/Trace";
import { ask } from "../host/routes";
import { Failure } from "../parts/Failure";
import { Field } from "../parts/Field";
import { Row, Section } from "../parts/Section";
import { Strange } from "../parts/Strange";
import { useChange } from "../parts/use-change";
import { useModel } from "../store/context";
import { judgeProfile } from "../words/judge";
import { profileWords } from "../words/settings";
import { AgentPart } from "./AgentPart";
import { DoorsPart } from "./DoorsPart";
import { ExposurePart } from "./ExposurePart";
import { ForgetPart, Forgotten } from "./ForgetPart";
import { OrgKey } from "./OrgKey";

interface ProfilePartProps {
  profile: ProfileSettings;
  onChanged: () => void;
  /** It is on its way out, and what is deleted has still to be said. */
  onForget: () => void;
}

/** The part. */
export function ProfilePart({ profile, onChanged, onForget }: ProfilePartProps) {
  const [gone, setGone] = useState<readonly Trace[] | null>(null);
  if (gone) {
    return <Forgotten traces={gone} onClose={onChanged} />;
  }
  return (
    <>
      <Section title={profileWords.workspace}>
        <Rename name={profile.name} onChanged={onChanged} />
        <Row title={profileWords.platform} hint={<Strange text={profile.platform} />} />
        <Row title={profileWords.id} hint={<Strange text={profile.workspace} className="facts-code" />} />
        {profile.org_id !== null && <Row title={profileWords.org} hint={<Strange text={profile.org_id} />} />}
        <OrgKey profile={profile.name} />
      </Section>
      <AgentPart profile={profile} onChanged={onChanged} />
      <ExposurePart profile={profile} onChanged={onChanged} />
      <DoorsPart profile={profile} onChanged={onChanged} />
      <ForgetPart profile={profile.name} onForget={onForget} onForgotten={setGone} />
    </>
  );
}

function Rename({ name, onChanged }: { name: string; onChanged: () => void }) {
  const [text, setText] = useState(name);
  const others = useModel((model) => model.status?.profiles.map((profile) => profile.name).join(" ") ?? "");
  const taken = others.split(" ").filter((other) => other !== name);
  const change = useChange();
  const changed = text !== name;
  const rename = async () => {
    if (await change.run(ask.rename(name, text))) {
      onChanged();
      window.location.hash = hrefOf("settings", text);
    }
  };
  return (
    <form
      className="form form-line"
      onSubmit={(event) => {
        event.preventDefault();
        void rename();
      }}
    >
      <Field
        code
        label={profileWords.name}
        value={text}
        onChange={setText}
        judged={changed ? judgeProfile(text, taken) : null}
      />
      {changed && (
        <button
          type="submit"
          className="button button-main"
          disabled={change.asking || !judgeProfile(text, taken).good}
        >
          {profileWords.rename}
        </button>
      )}
      {change.failure && <Failure failure={change.failure} />}
    </form>
  );
}
