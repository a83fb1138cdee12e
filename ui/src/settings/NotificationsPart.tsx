// Notifications: paused in all, and the workspaces of which nothing is told.

import { useMemo } from "react";

import type { Pause } from "../generated/Pause";
import { ask } from "../host/routes";
import { Failure } from "../parts/Failure";
import { Row, Section } from "../parts/Section";
import { Segments } from "../parts/Segments";
import { Strange } from "../parts/Strange";
import { useAsked } from "../parts/use-asked";
import { useChange } from "../parts/use-change";
import { plain } from "../words/plain";
import { notifications, pausedWords, pauses } from "../words/settings";

/** The part. */
export function NotificationsPart() {
  const wanted = useMemo(() => ask.notifications(), []);
  const { answer, failure, again } = useAsked(wanted);
  const change = useChange();
  const muted = Object.entries(answer?.muted ?? {}).flatMap(([profile, workspaces]) =>
    Object.entries(workspaces).map(([id, { name }]) => ({ profile, id, name })),
  );
  const until = answer?.paused_until ?? null;
  const why = change.failure ?? failure;
  return (
    <Section title={notifications.title} lead={notifications.lead}>
      <Row title={notifications.pause} hint={pausedWords(until)}>
        <Segments
          legend={notifications.pause}
          options={pauses}
          chosen={chosenPause(until)}
          onChoose={(pause) => {
            void change.run(ask.pauseNotifications(pause)).then(again);
          }}
        />
      </Row>
      <Row title={notifications.muted} {...(muted.length === 0 && { hint: notifications.none })} />
      {muted.length > 0 && (
        <ul className="muted">
          {muted.map(({ profile, id, name }) => (
            <li key={`${profile} ${id}`} className="muted-one">
              <Strange text={name} />
              <button
                type="button"
                className="button"
                aria-label={plain(notifications.unmuteOne(name))}
                disabled={change.asking}
                onClick={() => {
                  void change.run(ask.mute(profile, id, false)).then(again);
                }}
              >
                {notifications.unmute}
              </button>
            </li>
          ))}
        </ul>
      )}
      {why && <Failure failure={why} />}
    </Section>
  );
}

/** An hour, in milliseconds, and a little for the way. */
const HOUR = 3_605_000;

/** Which of the choices a pause is: one that ends later than in an hour was until tomorrow. */
function chosenPause(until: string | null): Pause {
  const left = until === null ? Number.NaN : Date.parse(until) - Date.now();
  return Number.isNaN(left) ? "off" : left <= HOUR ? "hour" : "tomorrow";
}
