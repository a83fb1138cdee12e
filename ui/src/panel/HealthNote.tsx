// One thing that is wrong: what, what was seen, and what to do next.

import { memo } from "react";

import type { HealthItem } from "../generated/HealthItem";
import type { Severity } from "../generated/Severity";
import { Prose } from "../parts/Prose";
import { StateMark } from "../parts/StateMark";
import type { Look } from "../words/look";
import { sentence } from "../words/sentence";
import "./health-note.css";

const looks: Readonly<Record<Severity, Look>> = {
  error: { word: "Error", shape: "cross", tone: "bad" },
  warning: { word: "Warning", shape: "triangle", tone: "warn" },
  info: { word: "Note", shape: "ring", tone: "busy" },
};

/** The item. */
export const HealthNote = memo(function HealthNote({ item }: { item: HealthItem }) {
  const look = looks[item.severity];
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
