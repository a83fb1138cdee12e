// What became of one workspace's state since the host started.

import { useEffect, useState } from "react";

import type { StateChange } from "../generated/StateChange";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { useOneWorkspace, useShared } from "../store/context";
import { stepWords } from "../words/change";
import { momentOf } from "../words/figures";
import { workspaceLook } from "../words/look";
import { stateWords } from "../words/side";

/** So many are listed. */
const MOST = 20;

/** The changes, newest first; nothing while there was none. */
export function StateHistory({ profile, id }: { profile: string; id: string }) {
  const { host } = useShared();
  const state = useOneWorkspace(profile, id)?.state;
  const [changes, setChanges] = useState<readonly StateChange[]>([]);
  useEffect(() => {
    let over = false;
    host.history(profile, { workspace: id, limit: MOST }).then(
      (past) => {
        if (!over) {
          setChanges([...past.changes].reverse());
        }
      },
      () => {
        // What was known stays.
      },
    );
    return () => {
      over = true;
    };
  }, [host, profile, id, state]);
  if (changes.length === 0) {
    return null;
  }
  return (
    <section className="panel-part" aria-labelledby="states-title">
      <h2 id="states-title" className="panel-title">
        {stateWords.title}
      </h2>
      <ol className="states">
        {changes.map((change) => (
          <li key={change.number}>
            <StateMark look={workspaceLook(change.to ?? "removed")} />
            <span className="moment-words">
              {stepWords(change)}
              {change.error !== null && <Strange text={change.error} className="moment-error" />}
            </span>
            <time className="moment-time" dateTime={change.at}>
              {momentOf(change.at)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}
