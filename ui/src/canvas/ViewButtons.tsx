// The buttons that move the view.

import { useLooking, useOrg } from "../store/context";
import type { Stage } from "../stage/stage";
import { useShownProfile } from "./profile-context";
import { viewWords } from "../words/canvas";
import "./view-buttons.css";

const STEP = 1.4;

interface ViewButtonsProps {
  stage: Stage;
  /** Puts those who were moved back to where they belong. */
  onTidy: () => void;
}

/** Nearer, further, the whole org, the team whose details are open, and order again. */
export function ViewButtons({ stage, onTidy }: ViewButtonsProps) {
  const profile = useShownProfile();
  const moved = useLooking(profile, (looking) => looking.moved.size > 0);
  const selected = useLooking(profile, (looking) => looking.selected);
  const team = useOrg(profile, ({ layout }) => (layout.places.get(selected ?? "")?.children.length ?? 0) > 0);
  const buttons: readonly (readonly [string, string, () => void])[] = [
    [viewWords.nearer, "M5.25 0h1.5v5.25H12v1.5H6.75V12h-1.5V6.75H0v-1.5h5.25z", () => { stage.zoom(STEP); }],
    [viewWords.further, "M0 5.25h12v1.5H0z", () => { stage.zoom(1 / STEP); }],
    [
      viewWords.whole,
      "M0 0h4v1.5H1.5V4H0zM8 0h4v4h-1.5V1.5H8zM0 8h1.5v2.5H4V12H0zM10.5 8H12v4H8v-1.5h2.5z",
      () => { stage.fit(); },
    ],
  ];
  const showTeam = () => {
    if (selected !== null) {
      stage.show(selected);
    }
  };
  return (
    <div className="view-buttons" role="group" aria-label={viewWords.name}>
      {buttons.map(([words, path, press]) => (
        <button key={words} type="button" title={words} aria-label={words} onClick={press}>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d={path} />
          </svg>
        </button>
      ))}
      {team && (
        <button type="button" title={`${viewWords.team} ${viewWords.teamKey}`} aria-label={viewWords.team} onClick={showTeam}>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d="M0 0h12v12H0zM1.5 1.5v9h9v-9zM3 3h2.5v2.5H3zM6.5 3H9v2.5H6.5zM3 6.5h2.5V9H3zM6.5 6.5H9V9H6.5z" fillRule="evenodd" />
          </svg>
        </button>
      )}
      {moved && (
        <button type="button" title={viewWords.tidy} aria-label={viewWords.tidy} onClick={onTidy}>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d="M0 0h5v5H0zM7 0h5v5H7zM0 7h5v5H0zM7 7h5v5H7z" />
          </svg>
        </button>
      )}
    </div>
  );
}
