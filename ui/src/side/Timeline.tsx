// What became of the workspaces' states lately, newest first, with what changed while nobody looked.

import { useEffect, useState } from "react";

import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { useShared } from "../store/context";
import { goTo } from "../store/looking";
import { seePast } from "../store/past";
import type { StateChange } from "../generated/StateChange";
import { momentOf } from "../words/figures";
import { workspaceLook } from "../words/look";
import { stepWords } from "../words/change";
import { timelineWords } from "../words/side";
import { usePast } from "./use-past";
import "./timeline.css";

/** So many are listed. */
const MOST = 200;
const TROUBLE = new Set(["offline", "failed", "degraded", "awaiting_agent"]);

/** The timeline. */
export function Timeline({ profile }: { profile: string }) {
  const shared = useShared();
  const { changes, absences, through } = usePast(profile);
  const [trouble, setTrouble] = useState(false);
  useEffect(() => {
    seePast(shared, profile);
  }, [shared, profile, through]);
  const shown = changes
    .filter(({ to }) => !trouble || (to !== null && TROUBLE.has(to)))
    .slice(-MOST)
    .reverse();
  return (
    <section className="panel-part timeline" aria-labelledby="timeline-title">
      <div className="timeline-head">
        <h2 id="timeline-title" className="panel-title">
          {timelineWords.title}
        </h2>
        <label className="timeline-only">
          <input
            type="checkbox"
            checked={trouble}
            onChange={(event) => {
              setTrouble(event.target.checked);
            }}
          />
          {timelineWords.trouble}
        </label>
      </div>
      {absences.length > 0 && (
        <ul className="timeline-absences">
          {[...absences].reverse().map(({ from, until, after, through: last }) => (
            <li key={until}>
              {timelineWords.absence(momentOf(from, "minute"), momentOf(until, "minute"), last - after)}
            </li>
          ))}
        </ul>
      )}
      {shown.length === 0 ? (
        <p className="timeline-none">
          {trouble ? timelineWords.noTrouble : timelineWords.nothing}
        </p>
      ) : (
        <ol className="timeline-list">
          {shown.map((change) => (
            <li key={change.number}>
              <Step
                change={change}
                onOpen={() => {
                  goTo(shared, profile, change.workspace);
                }}
              />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Step({ change, onOpen }: { change: StateChange; onOpen: () => void }) {
  const { name, to, at, error, seen_late: late } = change;
  return (
    <button type="button" className="moment" onClick={onOpen}>
      <StateMark look={workspaceLook(to ?? "removed")} />
      <span className="moment-words">
        <Strange text={name} className="moment-name" />
        <span className="moment-change">{stepWords(change)}</span>
        {error !== null && <Strange text={error} className="moment-error" />}
      </span>
      <time className="moment-time" dateTime={at}>
        {late ? `${timelineWords.before} ` : ""}
        {momentOf(at)}
      </time>
    </button>
  );
}
