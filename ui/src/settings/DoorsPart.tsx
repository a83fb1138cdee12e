// A profile's doors: their addresses, shown when they are asked for, and what is changed about them, confirmed.

import { useMemo, useState } from "react";

import type { DoorView } from "../generated/DoorView";
import type { ProfileSettings } from "../generated/ProfileSettings";
import { ask } from "../host/routes";
import { Confirming } from "../parts/Confirming";
import { CopyButton } from "../parts/CopyButton";
import { Failure } from "../parts/Failure";
import { Row, Section } from "../parts/Section";
import { Strange } from "../parts/Strange";
import { Switch } from "../parts/Switch";
import { useAsked } from "../parts/use-asked";
import { useChange } from "../parts/use-change";
import { useProfile } from "../store/context";
import { changing } from "../words/parts";
import { profileWords } from "../words/settings";

interface DoorsPartProps {
  profile: ProfileSettings;
  onChanged: () => void;
}

/** The part. */
export function DoorsPart({ profile: { name, shared_door: shared }, onChanged }: DoorsPartProps) {
  // As it is, whatever of several ways was taken.
  const fetches = useProfile(name, ({ exposure }) => exposure.kind === "poll") ?? true;
  const wanted = useMemo(() => (fetches ? null : ask.doors(name)), [fetches, name]);
  const { answer, failure, again } = useAsked(wanted);
  const change = useChange();
  return (
    <Section title={profileWords.doors} lead={fetches ? profileWords.noDoors : profileWords.doorsLead}>
      {!fetches && (
        <Switch
          label={profileWords.shared}
          hint={profileWords.sharedDoorHint}
          on={shared}
          disabled={change.asking}
          onChange={(on) => {
            void change.run(ask.share(name, on)).then(() => {
              again();
              onChanged();
            });
          }}
        />
      )}
      {answer?.doors
        .filter(({ slot, open }) => open || slot === "platform")
        .map((door) => (
          <Door
            key={door.slot}
            door={door}
            busy={change.asking}
            onRotate={() => {
              void change.run(ask.rotate(name, door.slot)).then(again);
            }}
          />
        ))}
      {failure && <Failure failure={failure} />}
      <Confirming change={change} />
    </Section>
  );
}

function Door({ door, busy, onRotate }: { door: DoorView; busy: boolean; onRotate: () => void }) {
  const [shown, setShown] = useState(false);
  const title = door.slot === "platform" ? profileWords.platformDoor : profileWords.sharedDoor;
  return (
    <>
      <Row title={title} hint={shown ? <Strange text={door.url} className="facts-code" /> : "••••••••"}>
        <button
          type="button"
          className="button"
          aria-label={`${shown ? profileWords.hide : profileWords.show}: ${title}`}
          aria-expanded={shown}
          onClick={() => {
            setShown(!shown);
          }}
        >
          {shown ? profileWords.hide : profileWords.show}
        </button>
        <CopyButton label={changing.copy} text={() => door.url} />
        <button
          type="button"
          className="button"
          aria-label={profileWords.rotateOf(title)}
          disabled={busy}
          onClick={onRotate}
        >
          {profileWords.rotate}
        </button>
      </Row>
    </>
  );
}
