// The mark of a workspace that runs outside the platform, as the platform's own canvas shows it.

import { remote } from "../words/parts";
import "./remote-badge.css";

/** The badge. */
export function RemoteBadge() {
  return (
    <span className="remote" title={remote.hint}>
      {remote.word}
    </span>
  );
}
