// Whether what the window shows is live.

import { useModel } from "../store/context";
import { StateMark } from "../parts/StateMark";
import { connectionLooks } from "../words/screens";
import "./host-pill.css";

/** The pill. */
export function HostPill() {
  const look = connectionLooks[useModel((model) => model.connection.state)];
  return (
    <p className="pill" role="status">
      <StateMark look={look} />
      {look.word}
    </p>
  );
}
