// What a workspace's card says of it.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { Strange } from "../parts/Strange";
import { Prose } from "../parts/Prose";
import { sentence } from "../words/sentence";
import { cardFacts } from "../words/side";
import type { Detail } from "./use-detail";

/** The card in words. */
export function Card({ workspace, detail }: { workspace: OrgWorkspace; detail: Detail }) {
  const { description, skills, runtime, tier, id } = workspace;
  const card = detail.state === "known" ? detail.detail.card : null;
  const missing = detail.state === "known" ? detail.detail.no_card : null;
  const named = card?.skills ?? skills.map((name) => ({ name, description: null, tags: [] }));
  const facts: readonly (readonly [string, string | null])[] = [
    [cardFacts.version, card?.version ?? null],
    [cardFacts.provider, card?.provider ?? null],
    [cardFacts.modes, card && card.modes.length > 0 ? card.modes.join(", ") : null],
    [cardFacts.runtime, runtime],
    [cardFacts.tier, tier === null ? null : `T${tier}`],
    [cardFacts.id, id],
  ];
  const about = card?.description ?? description;
  return (
    <section className="panel-part" aria-labelledby="card-title">
      <h2 id="card-title" className="panel-title">
        {cardFacts.title}
      </h2>
      {about && <Strange text={about} />}
      {named.length > 0 && (
        <ul className="details-skills" aria-label={cardFacts.skills}>
          {named.map((skill, at) => (
            <li key={at}>
              <Strange text={skill.name} className="details-skill" />
              {skill.description && <Strange text={skill.description} className="details-since" />}
            </li>
          ))}
        </ul>
      )}
      {missing !== null && (
        <p className="details-since">
          <Prose text={sentence(missing)} />
        </p>
      )}
      <dl className="card-facts">
        {facts.map(
          ([name, fact]) =>
            fact !== null && (
              <div key={name} className="details-fact">
                <dt>{name}</dt>
                <dd>
                  <Strange text={fact} />
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
