// The agent's answer, and where its time went.

import type { Sent } from "../generated/Sent";
import { Strange } from "../parts/Strange";
import { milliseconds } from "../words/figures";
import { helloWords } from "../words/panel";
import "./answer.css";

/** The answer; read out when it comes. */
export function Answer({ sent }: { sent: Sent }) {
  const parts = [
    { name: "platform" as const, ms: sent.platform_ms },
    { name: "tunnel" as const, ms: sent.tunnel_ms },
    { name: "agent" as const, ms: sent.agent_ms },
  ];
  return (
    <div className="answer" role="status">
      {/* Long answers scroll, so the keyboard must get there. */}
      {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a region that scrolls */}
      <div className="answer-text" role="region" aria-label={helloWords.answer} tabIndex={0}>
        {sent.answer === "" ? <em>{helloWords.wordless}</em> : <Strange text={sent.answer} />}
      </div>
      <div className="answer-bar" aria-hidden="true">
        {parts.map(({ name, ms }) => (
          <span key={name} className={`part part-${name}`} style={{ flexGrow: Math.max(0, ms) }} />
        ))}
      </div>
      <dl className="answer-times">
        <div>
          <dt>{helloWords.total}</dt>
          <dd>{milliseconds(sent.total_ms)}</dd>
        </div>
        {parts.map(({ name, ms }) => (
          <div key={name}>
            <dt>
              <span className={`part-key part-${name}`} aria-hidden="true" />
              {helloWords.parts[name]}
            </dt>
            <dd>{milliseconds(ms)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
