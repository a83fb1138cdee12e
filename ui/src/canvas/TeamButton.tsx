// Draws a team as one card, or with all who stand in it.

import { canvasWords } from "../words/canvas";
import { plain } from "../words/plain";

interface TeamButtonProps {
  name: string;
  collapsed: boolean;
  onPress: () => void;
}

/** The button at a team's corner. */
export function TeamButton({ name, collapsed, onPress }: TeamButtonProps) {
  const words = collapsed ? canvasWords.expand : canvasWords.collapse;
  return (
    <button
      type="button"
      className="team-button"
      // The keyboard has a key for it, and one stop per workspace.
      tabIndex={-1}
      aria-expanded={!collapsed}
      aria-label={`${words} ${plain(name)}`}
      title={`${words} ${canvasWords.collapseKey}`}
      onClick={onPress}
    >
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={collapsed ? "M2.5 4.5 6 8l3.5-3.5" : "M2.5 7.5 6 4l3.5 3.5"} />
      </svg>
    </button>
  );
}
