// What a workspace did lately, where our credential shows it.

import type { Activity as Done } from "../generated/Activity";
import { Failure } from "../parts/Failure";
import { Prose } from "../parts/Prose";
import { Strange } from "../parts/Strange";
import { useOneWorkspace } from "../store/context";
import { milliseconds, momentOf } from "../words/figures";
import { sentence } from "../words/sentence";
import { activityWords, detailWords } from "../words/side";
import type { Detail } from "./use-detail";

/** The activity, or why there is none to see. */
export function Activity({ detail, profile }: { detail: Detail; profile: string }) {
  return (
    <section className="panel-part" aria-labelledby="activity-title">
      <h2 id="activity-title" className="panel-title">
        {activityWords.title}
      </h2>
      {detail.state === "asking" && <p className="details-since">{detailWords.asking}</p>}
      {detail.state === "failed" && <Failure failure={detail.failure} />}
      {detail.state === "known" && detail.detail.activity === null && (
        <p className="details-since">
          <Prose text={sentence(detail.detail.no_activity ?? activityWords.hidden)} />
        </p>
      )}
      {detail.state === "known" && detail.detail.activity?.length === 0 && <p className="details-since">{detailWords.none}</p>}
      {detail.state === "known" && (
        <ol className="states">
          {detail.detail.activity?.map((done) => (
            <li key={done.id}>
              <One done={done} profile={profile} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function One({ done, profile }: { done: Done; profile: string }) {
  const { kind, method, summary, status, from, to, duration_ms: took, error, at } = done;
  const [source, target] = [useOneWorkspace(profile, from), useOneWorkspace(profile, to)];
  const who = [source && activityWords.from(source.name), target && activityWords.to(target.name)].filter(Boolean).join(" ");
  const how = [status, took !== null && milliseconds(took), who].filter(Boolean).join(" · ");
  return (
    <>
      <span className="moment-words">
        <Strange text={summary ?? method ?? kind} />
        <Strange text={how} className="moment-change" />
        {error !== null && <Strange text={error} className="moment-error" />}
      </span>
      <time className="moment-time" dateTime={at}>
        {momentOf(at)}
      </time>
    </>
  );
}
