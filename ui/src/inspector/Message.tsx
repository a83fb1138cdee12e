// One direction of a delivery: its headers, and its body where it was kept.

import { useId } from "react";

import { Strange } from "../parts/Strange";
import { deliveryWords } from "../words/deliveries";

interface MessageProps {
  title: string;
  headers: readonly (readonly [name: string, value: string])[];
  /** None where bodies are not recorded. */
  body: string | null;
  /** It is only the body's beginning. */
  cut: boolean;
}

/** The part. */
export function Message({ title, headers, body, cut }: MessageProps) {
  const id = useId();
  return (
    <section className="message-part" aria-labelledby={id}>
      <h3 id={id} className="message-part-title">
        {title}
      </h3>
      {headers.length === 0 ? (
        <p className="detail-foot">{deliveryWords.noHeaders}</p>
      ) : (
        <dl className="headers">
          {headers.map(([name, value], at) => (
            <div key={at}>
              <dt>
                <Strange text={name} />
              </dt>
              <dd>
                <Strange text={value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {body !== null && (
        // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a region that scrolls
        <div className="body" role="region" aria-label={`${title}: ${deliveryWords.body}`} tabIndex={0}>
          <Strange text={laidOut(body)} />
        </div>
      )}
      {cut && <p className="detail-foot">{deliveryWords.cut}</p>}
    </section>
  );
}

/** JSON on lines of its own; anything else as it is. */
function laidOut(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
