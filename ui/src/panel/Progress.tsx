// A message is under way: that it is, and for how long.

import { useEffect, useState } from "react";

import { helloWords } from "../words/panel";
import "./progress.css";

/** How often the time is looked at, in milliseconds. */
const TICK = 200;
/** From here on it is said how long it may take, in seconds. */
const LONG = 10;

/** The time since then (milliseconds since 1970). */
export function Progress({ since }: { since: number }) {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, TICK);
    return () => {
      clearInterval(timer);
    };
  }, []);
  const seconds = Math.max(0, now - since) / 1000;
  return (
    <div className="progress">
      <div className="progress-track" role="progressbar" aria-label={helloWords.waiting}>
        <div className="progress-run" />
      </div>
      <p className="progress-words">
        {helloWords.waitingFor(seconds.toFixed(1))}
        {seconds > LONG && ` ${helloWords.long}`}
      </p>
    </div>
  );
}
