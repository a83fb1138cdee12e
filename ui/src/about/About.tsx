// What this is: name, version, where things are kept.

import { hrefOf } from "../app/route";
import { CopyButton } from "../parts/CopyButton";
import { Logo } from "../parts/Logo";
import { Notice } from "../parts/Notice";
import { Page } from "../parts/Page";
import { Row, Section } from "../parts/Section";
import { Strange } from "../parts/Strange";
import { useModel } from "../store/context";
import { aboutWords, vaultWords } from "../words/about";
import { screens } from "../words/screens";
import { whole } from "../words/screens";
import "./about.css";

/** The screen. */
export function About() {
  const host = useModel((model) => model.status?.host);
  if (!host) {
    return null;
  }
  return (
    <Page title={screens.about.name} lead={screens.about.lead}>
      <div className="about">
        <Logo size={72} />
        <div>
          <p className="about-name">{whole.name}</p>
          <p className="about-version">
            <Strange text={aboutWords.version(host.version, host.commit)} />
          </p>
        </div>
        <CopyButton label={aboutWords.copy} text={() => aboutWords.whole(host.version, host.commit)} />
      </div>
      {host.update && (
        <Notice title={<Strange text={aboutWords.newer(host.update.version)} />}>
          {host.update.url !== null && (
            <p>
              <a href={host.update.url} target="_blank" rel="noreferrer">
                <Strange text={host.update.url} />
              </a>
            </p>
          )}
        </Notice>
      )}
      <Section title={aboutWords.here}>
        <Row title={aboutWords.vault} hint={<Strange text={vaultWords(host.vault)} />} />
        <Row title={aboutWords.process} hint={String(host.pid)} />
        <Row title={aboutWords.updates} hint={aboutWords.updatesHint}>
          <a className="button" href={hrefOf("settings")}>
            {aboutWords.settings}
          </a>
        </Row>
        <Row title={aboutWords.licence} hint={aboutWords.licenceWords} />
      </Section>
    </Page>
  );
}
