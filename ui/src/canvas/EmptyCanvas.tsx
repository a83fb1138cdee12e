// The Canvas while there is nothing to draw, and why.

import { Prose } from "../parts/Prose";
import { useOrg, useProfile } from "../store/context";
import { emptyWords } from "../words/canvas";
import { atRest } from "../words/profile";
import "./empty-canvas.css";

/** The words in place of the org. */
export function EmptyCanvas({ profile }: { profile: string }) {
  const loaded = useOrg(profile, (org) => org.asOf !== null) ?? false;
  const note = useOrg(profile, (org) => org.note) ?? null;
  const resting = useProfile(profile, (status) => atRest(status.presence.state)) ?? false;
  const [title, next] = words(loaded, resting, note);
  return (
    <div className="empty" role="status">
      <p className="empty-title">{title}</p>
      {next !== null && (
        <p className="empty-next">
          <Prose text={next} />
        </p>
      )}
    </div>
  );
}

function words(loaded: boolean, resting: boolean, note: string | null): [title: string, next: string | null] {
  if (loaded) {
    return [...emptyWords.none];
  }
  return resting
    ? [...emptyWords.resting]
    : [emptyWords.asking, note];
}
