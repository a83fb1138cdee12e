// What the marks mean.

import { Fragment } from "react";

import { RemoteBadge } from "../parts/RemoteBadge";
import { StateMark } from "../parts/StateMark";
import { legendWords } from "../words/canvas";
import { knownStates, workspaceLook } from "../words/look";
import "./legend.css";

/** The legend. */
export function Legend({ onClose }: { onClose: () => void }) {
  return (
    <section className="legend" aria-label={legendWords.title}>
      <div className="legend-head">
        <h2>{legendWords.title}</h2>
        <button type="button" className="plain-button" aria-label={legendWords.close} onClick={onClose}>
          ✕
        </button>
      </div>
      <ul className="legend-states">
        {knownStates.map((state) => {
          const look = workspaceLook(state);
          return (
            <li key={state}>
              <StateMark look={look} />
              {look.word}
            </li>
          );
        })}
      </ul>
      <ul className="legend-more">
        <li>
          <RemoteBadge /> {legendWords.remote}
        </li>
        <li>
          <span className="node-tier tier-2">T2</span> {legendWords.tier}
        </li>
        <li>
          <span className="legend-line legend-fresh" /> {legendWords.fresh}
        </li>
        <li>
          <span className="legend-line" /> {legendWords.hour}
        </li>
      </ul>
      <p className="legend-keys">
        {legendWords.keys.map(([key, does], at) => (
          <Fragment key={key}>
            {at > 0 && " · "}
            <kbd>{key}</kbd> {does}
          </Fragment>
        ))}
      </p>
    </section>
  );
}
