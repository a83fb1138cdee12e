// How the profile is, in words, and the button that starts or stops it.

import { RemoteBadge } from "../parts/RemoteBadge";
import { StateMark } from "../parts/StateMark";
import { Prose } from "../parts/Prose";
import { Strange } from "../parts/Strange";
import { useProfile } from "../store/context";
import { momentOf } from "../words/figures";
import { presenceLook } from "../words/look";
import { cardWords } from "../words/panel";
import { agentWords, wayWords } from "../words/profile";
import { sentence } from "../words/sentence";
import { StartStop } from "./StartStop";
import "./profile-card.css";

/** The card. */
export function ProfileCard({ profile }: { profile: string }) {
  const status = useProfile(profile, (status) => status);
  if (!status) {
    return null;
  }
  const { presence, workspace, exposure, link, agent, platform } = status;
  const look = presenceLook(presence.state);
  const since = momentOf(presence.since);
  const retry = momentOf(presence.retry_at);
  return (
    <section className="panel-part card" aria-label={cardWords.ours}>
      <div className="card-head">
        <h2 className="card-name">
          <Strange text={workspace.name ?? profile} />
        </h2>
        <RemoteBadge />
      </div>
      <div className="card-state">
        <StateMark look={look} />
        <div className="card-words">
          <strong>{look.word}</strong>
          {since && <span className="card-since"> {cardWords.since(since)}</span>}
        </div>
        <StartStop profile={profile} state={presence.state} />
      </div>
      {presence.reason !== null && (
        <p>
          <Prose text={sentence(presence.reason)} />
        </p>
      )}
      {retry && <p className="card-since">{cardWords.retry(retry)}</p>}
      <dl className="card-facts">
        <dt>{exposure.kind === "relay" ? cardWords.link : cardWords.exposure}</dt>
        <dd>{wayWords(exposure, link)}</dd>
        <dt>{cardWords.agent}</dt>
        <dd>
          <Strange text={agentWords(agent)} />
        </dd>
        <dt>{cardWords.platform}</dt>
        <dd>
          <Strange text={platform} />
        </dd>
      </dl>
    </section>
  );
}
