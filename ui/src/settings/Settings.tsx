// The settings: of this laptop, and of each profile, one part at a time.

import { useMemo, useState } from "react";

import { hrefOf } from "../app/route";
import type { ProfileSettings } from "../generated/ProfileSettings";
import { ask } from "../host/routes";
import { Empty } from "../parts/Empty";
import { Failure } from "../parts/Failure";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { Page } from "../parts/Page";
import { Strange } from "../parts/Strange";
import { useAsked } from "../parts/use-asked";
import { useModel } from "../store/context";
import { screens } from "../words/screens";
import { changing } from "../words/parts";
import { parts, profileWords } from "../words/settings";
import { GeneralPart } from "./GeneralPart";
import { ProfilePart } from "./ProfilePart";
import "./settings.css";

const wanted = ask.settings();

/** The screen: of that profile, or of the laptop. */
export function Settings({ of }: { of: string | null }) {
  // What the tray or the command line changes shows in the status, too.
  const names = useModel((model) => model.status?.profiles.map(({ name }) => name).join(" ") ?? "");
  const { answer: settings, failure, again } = useAsked(wanted, names);
  // One that is being forgotten stays in sight until it was said what was deleted.
  const [leaving, setLeaving] = useState<ProfileSettings | null>(null);
  const chosen = useMemo(
    () => [...(settings?.profiles ?? []), ...(leaving ? [leaving] : [])].find(({ name }) => name === of),
    [settings, leaving, of],
  );
  return (
    <Page title={screens.settings.name} lead={screens.settings.lead}>
      {failure && <Failure failure={failure} />}
      {settings && (
        <div className="settings">
          <nav className="settings-list" aria-label={parts.list}>
            <ul>
              <li>
                <a className="settings-link" href={hrefOf("settings")} aria-current={of === null ? "page" : undefined}>
                  <Icon name="laptop" />
                  {parts.general}
                </a>
              </li>
              {settings.profiles.map(({ name }) => (
                <li key={name}>
                  <a
                    className="settings-link"
                    href={hrefOf("settings", name)}
                    aria-current={name === of ? "page" : undefined}
                  >
                    <Icon name="canvas" />
                    <Strange text={name} />
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <div className="settings-part">
            {!settings.can_change && <Notice>{changing.locked}</Notice>}
            {of === null && <GeneralPart settings={settings} onChanged={again} />}
            {chosen && (
              <ProfilePart
                key={chosen.name}
                profile={chosen}
                onChanged={again}
                onForget={() => {
                  setLeaving(chosen);
                }}
              />
            )}
            {of !== null && !chosen && <Empty icon="search" title={profileWords.gone} />}
          </div>
        </div>
      )}
    </Page>
  );
}
