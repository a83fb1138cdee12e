// Whether what the window shows is live.

import { useModel } from "../store/context";
import { StateMark } from "../parts/StateMark";
import type { Look } from "../words/look";
import type { Connection } from "../store/model";
import "./host-pill.css";

const looks: Readonly<Record<Connection["state"], Look>> = {
  connecting: { word: "Connecting", shape: "half", tone: "busy" },
  live: { word: "Live", shape: "disc", tone: "good" },
  lost: { word: "Reconnecting", shape: "half", tone: "warn" },
  refused: { word: "Refused", shape: "cross", tone: "bad" },
};

/** The pill. */
export function HostPill() {
  const look = looks[useModel((model) => model.connection.state)];
  return (
    <p className="pill" role="status">
      <StateMark look={look} />
      {look.word}
    </p>
  );
}
