// The agent's answer, and where its time went.

import type { Sent } from "../generated/Sent";
import { Strange } from "../parts/Strange";
import { milliseconds } from "../words/figures";
import "./answer.css";

/** The answer; read out when it comes. */
export function Answer({ sent }: { sent: Sent }) {
  const parts = [
    { name: "platform", ms: sent.platform_ms },
    { name: "tunnel", ms: sent.tunnel_ms },
    { name: "agent", ms: sent.agent_ms },
  ];
  return (
    <div className="answer" role="status">
      {/* Long answers scroll, so the keyboard must get there. */}
      {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a region that scrolls */}
      <div className="answer-text" role="region" aria-label="Answer" tabIndex={0}>
        {sent.answer === "" ? <em>The agent answered without text.</em> : <Strange text={sent.answer} />}
      </div>
      <div className="answer-bar" aria-hidden="true">
        {parts.map(({ name, ms }) => (
          <span key={name} className={`part part-${name}`} style={{ flexGrow: Math.max(0, ms) }} />
        ))}
      </div>
      <dl className="answer-times">
        <div>
          <dt>total</dt>
          <dd>{milliseconds(sent.total_ms)}</dd>
        </div>
        {parts.map(({ name, ms }) => (
          <div key={name}>
            <dt>
              <span className={`part-key part-${name}`} aria-hidden="true" />
              {name}
            </dt>
            <dd>{milliseconds(ms)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
