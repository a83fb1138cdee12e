// What is to be known about the whole picture: that it is an old one, and what is missing in it.

import { Prose } from "../parts/Prose";
import { useOrg } from "../store/context";
import { noteWords } from "../words/canvas";
import { sentence } from "../words/sentence";
import { useStale } from "./use-stale";
import "./canvas-notes.css";

/** The notes; nothing when the picture is whole and live, or when there is none. */
export function CanvasNotes({ profile }: { profile: string }) {
  const stale = useStale(profile);
  const kept = useOrg(profile, (org) => org.fromSnapshot) ?? false;
  const note = useOrg(profile, (org) => (org.asOf === null ? null : org.note));
  return (
    <div className="notes" role="status">
      {stale && (
        <p className="notes-line notes-stale">
          <strong>{noteWords.stale(stale.asOf)}</strong>
          {kept && <span>{noteWords.kept}</span>}
          <Prose text={sentence(stale.why)} />
        </p>
      )}
      {note && note !== stale?.why && (
        <p className="notes-line">
          <Prose text={sentence(note)} />
        </p>
      )}
    </div>
  );
}
