// How many workspaces are in each state; each count is a button that shows those clearly and the others faintly.

import { useModel, useLooking, useOrg, useShared } from "../store/context";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { look } from "../store/looking";
import { countWords } from "../words/canvas";
import { byUrgency, workspaceLook } from "../words/look";
import "./state-counts.css";

const none: Readonly<Record<string, number>> = {};

/** The counts; nothing while nobody is known. */
export function StateCounts({ profile }: { profile: string }) {
  const { store } = useShared();
  const counts = useOrg(profile, (org) => org.counts) ?? none;
  const states = useLooking(profile, (looking) => looking.states);
  const live = useModel((model) => model.connection.state === "live");
  const here = Object.keys(counts).sort(byUrgency);
  // A state that is asked for stays, also when nobody is in it any more: else nobody could ask for all again.
  const shown = [...here, ...[...states].filter((state) => !counts[state])];
  if (shown.length === 0) {
    return null;
  }
  const toggle = (state: string) => {
    const next = new Set(states);
    if (!next.delete(state)) {
      next.add(state);
    }
    look(store, profile, { states: next });
  };
  return (
    <div className={live ? "counts" : "counts counts-stale"} role="group" aria-label={countWords.name}>
      {shown.map((state) => {
        const { word } = workspaceLook(state);
        return (
          <button
            key={state}
            type="button"
            className="counts-state"
            aria-pressed={states.has(state)}
            title={countWords.one(word)}
            onClick={() => {
              toggle(state);
            }}
          >
            <StateMark look={workspaceLook(state)} />
            <strong>{counts[state] ?? 0}</strong>
            <Strange text={word} className="counts-word" />
          </button>
        );
      })}
      {states.size > 0 && (
        <button
          type="button"
          className="counts-state counts-all"
          onClick={() => {
            look(store, profile, { states: new Set() });
          }}
        >
          {countWords.all}
        </button>
      )}
    </div>
  );
}
