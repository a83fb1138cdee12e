// A state's mark: its shape says it without colour, its tone repeats it. The word stands beside it, so it is silent.

import type { Look } from "../words/look";
import { MARK, markPaths, type Stroke } from "./mark-paths";
import "./state-mark.css";

const classes: Readonly<Record<Stroke["kind"], string>> = {
  fill: "mark-fill",
  line: "mark-line",
  thick: "mark-line mark-thick",
  faint: "mark-line mark-faint",
  glow: "mark-glow",
};

/** The mark of a state. */
export function StateMark({ look: { shape, tone } }: { look: Look }) {
  return (
    <svg className={`mark tone-${tone} mark-${shape}`} viewBox={`0 0 ${MARK} ${MARK}`} aria-hidden="true">
      {markPaths[shape].map(({ path, kind }) => (
        <path key={path} className={classes[kind]} d={path} />
      ))}
    </svg>
  );
}
