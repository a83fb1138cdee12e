// What Ligand keeps on this machine, one thing a line: to be deleted, or deleted.

import type { Trace } from "../generated/Trace";
import { Strange } from "../parts/Strange";
import { traceWords } from "../words/settings";

/** The list. */
export function Traces({ traces }: { traces: readonly Trace[] }) {
  return (
    <ul className="traces">
      {traces.map(({ kind, what, place }, at) => (
        <li key={at} className="trace">
          <span className="trace-kind">{traceWords(kind)}</span>
          <span className="trace-words">
            <Strange text={what} />
            <Strange text={place} className="trace-place" />
          </span>
        </li>
      ))}
    </ul>
  );
}
