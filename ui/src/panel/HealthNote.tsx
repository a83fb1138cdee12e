// One thing that is wrong: what, what was seen, and what to do next.

import { memo } from "react";

import type { HealthItem } from "../generated/HealthItem";
import { Prose } from "../parts/Prose";
import { StateMark } from "../parts/StateMark";
import { noticeLooks } from "../words/parts";
import { sentence } from "../words/sentence";
import "./health-note.css";

/** The item. */
export const HealthNote = memo(function HealthNote({ item }: { item: HealthItem }) {
  const look = noticeLooks[item.severity];
  return (
    <li className={`note note-${item.severity}`}>
      <StateMark look={look} />
      <div className="note-words">
        <p className="note-title">
          <span className="unseen">{look.word}: </span>
          <Prose text={item.title} />
        </p>
        {item.detail !== null && (
          <p className="note-detail">
            <Prose text={sentence(item.detail)} />
          </p>
        )}
        <p>
          <Prose text={item.next} />
        </p>
      </div>
    </li>
  );
});
