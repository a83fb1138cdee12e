// Small drawings that stand beside a word, or on a button that has a name.

import type { ScreenName } from "../app/route";
import "./icon.css";

const paths = {
  canvas: "M4 4h7v6H4zM13 14h7v6h-7zM7.5 10v4.5a2.5 2.5 0 0 0 2.5 2.5h3",
  inspector: "M7 4v15M3.5 15.5 7 19l3.5-3.5M17 20V5M13.5 8.5 17 5l3.5 3.5",
  logs: "M4 5h16v14H4zM7.5 9.5 10 12l-2.5 2.5M12.5 15h4",
  health: "M3 12h4l2.5-6.5 5 13L17 12h4",
  settings: "M4 7h8m5 0h3M4 17h3m5 0h8M12 7a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0M7 17a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0",
  about: "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 1 0-17 0M12 11v5.5M12 7.6v.2",
  welcome: "M12 5v14M5 12h14",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.5 10 17.5 19.5 7",
  search: "M4.5 11a6.5 6.5 0 1 0 13 0 6.5 6.5 0 1 0-13 0M16 16l4.5 4.5",
  close: "M6 6l12 12M18 6 6 18",
  again: "M20 12a8 8 0 1 1-2.3-5.6L20 8.5M20 3.5v5h-5",
  down: "M12 5v14M6 13l6 6 6-6",
  next: "M9.5 5.5 16 12l-6.5 6.5",
  back: "M14.5 5.5 8 12l6.5 6.5",
  save: "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
  paste: "M8 5H5v16h14V5h-3M8.5 3h7v4h-7zM9 12h6M9 16h4",
  spark: "M12 3.5 14 10l6.5 2-6.5 2-2 6.5L10 14l-6.5-2L10 10z",
  flask: "M9 3.5h6M10 3.5V10L4.5 18.5a1.5 1.5 0 0 0 1.3 2h12.4a1.5 1.5 0 0 0 1.3-2L14 10V3.5M7.5 15h9",
  laptop: "M5 5h14v10H5zM2.5 19h19",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5a2.2 2.2 0 0 0 4 0",
  network: "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 1 0-17 0M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17",
} satisfies Record<ScreenName, string> & Record<string, string>;

/** A drawing's name. */
export type IconName = keyof typeof paths;

/** The drawing; the words beside it say what it means. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
