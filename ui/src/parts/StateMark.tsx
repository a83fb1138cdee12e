// A state's mark: its shape says it without colour, its tone repeats it. The word stands beside it, so it is silent.

import type { Look, Shape } from "../words/look";
import "./state-mark.css";

/** The mark of a state. */
export function StateMark({ look: { shape, tone } }: { look: Look }) {
  return (
    <svg className={`mark tone-${tone} mark-${shape}`} viewBox="0 0 12 12" aria-hidden="true">
      <Drawing shape={shape} />
    </svg>
  );
}

function Drawing({ shape }: { shape: Shape }) {
  switch (shape) {
    case "disc":
      return (
        <>
          <circle className="mark-glow" cx="6" cy="6" r="6" />
          <circle className="mark-fill" cx="6" cy="6" r="3.75" />
        </>
      );
    case "ring":
      return <circle className="mark-line" cx="6" cy="6" r="3.75" />;
    case "target":
      return (
        <>
          <circle className="mark-line" cx="6" cy="6" r="4.25" />
          <circle className="mark-fill" cx="6" cy="6" r="1.5" />
        </>
      );
    case "half":
      return (
        <>
          <circle className="mark-line mark-faint" cx="6" cy="6" r="4" />
          <path className="mark-line" d="M6 2a4 4 0 0 1 4 4" />
        </>
      );
    case "triangle":
      return <path className="mark-fill" d="M6 1.2 11.3 10.6H.7Z" />;
    case "cross":
      return <path className="mark-line mark-thick" d="M2.5 2.5l7 7m0-7l-7 7" />;
    case "bars":
      return <path className="mark-line mark-thick" d="M3.75 2v8m4.5-8v8" />;
    case "moon":
      return <path className="mark-fill" d="M4.6 1A5.2 5.2 0 1 0 11 7.4 4.6 4.6 0 0 1 4.6 1Z" />;
    case "minus":
      return <path className="mark-line mark-thick" d="M2 6h8" />;
    case "square":
      return <rect className="mark-fill" x="2" y="2" width="8" height="8" rx="1.5" />;
    case "slash":
      return (
        <>
          <circle className="mark-line" cx="6" cy="6" r="4" />
          <path className="mark-line" d="M3 9l6-6" />
        </>
      );
    case "bang":
      return <path className="mark-line mark-thick" d="M6 1.5v5.2M6 10v.4" />;
  }
}
