// What came to our own workspace lately.

import { useEffect, useState } from "react";

import type { DeliveryView } from "../generated/DeliveryView";
import { Strange } from "../parts/Strange";
import { useModel, useProfile, useShared } from "../store/context";
import { milliseconds, momentOf } from "../words/figures";
import { deliveryWords, detailWords } from "../words/side";

/** So many are listed. */
const MOST = 8;
/** How often they are asked for while they are in sight, in milliseconds. */
const EVERY = 5_000;

/** The last deliveries, newest first. */
export function Deliveries({ profile }: { profile: string }) {
  const { host } = useShared();
  const live = useModel((model) => model.connection.state === "live");
  const tasks = useProfile(profile, (status) => status.agent.active_tasks);
  const [deliveries, setDeliveries] = useState<readonly DeliveryView[] | null>(null);
  useEffect(() => {
    let over = false;
    const ask = () => {
      if (document.hidden || !live) {
        return;
      }
      host.deliveries(profile, MOST).then(
        (list) => {
          if (!over) {
            setDeliveries([...list.deliveries].reverse());
          }
        },
        () => {
          // What was known stays.
        },
      );
    };
    ask();
    const timer = setInterval(ask, EVERY);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [host, profile, live, tasks]);
  return (
    <section className="panel-part" aria-labelledby="deliveries-title">
      <h2 id="deliveries-title" className="panel-title">
        {deliveryWords.title}
      </h2>
      {deliveries?.length === 0 && <p className="details-since">{detailWords.none}</p>}
      <ol className="states">
        {deliveries?.map(({ id, at, method, outcome, took_ms: took, door }) => (
          <li key={id}>
            <span className="moment-words">
              <Strange text={method} />
              <Strange
                text={[outcome ?? deliveryWords.under, took !== null && milliseconds(took), door].filter(Boolean).join(" · ")}
                className="moment-change"
              />
            </span>
            <time className="moment-time" dateTime={at}>
              {momentOf(at)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}
