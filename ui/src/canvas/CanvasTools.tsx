// What one does with the Canvas: search, map or list, lines of who spoke to whom, the legend.

import { useLooking, useShared } from "../store/context";
import { look } from "../store/looking";
import { canvasWords, toolWords } from "../words/canvas";
import "./canvas-tools.css";

const APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The tools at the Canvas' corner. */
export function CanvasTools({ profile }: { profile: string }) {
  const { store } = useShared();
  const as = useLooking(profile, (looking) => looking.as);
  const calls = useLooking(profile, (looking) => looking.calls);
  const legend = useLooking(profile, (looking) => looking.legend);
  const change = (to: Parameters<typeof look>[2]) => () => {
    look(store, profile, to);
  };
  return (
    <div className="tools" role="toolbar" aria-label={canvasWords.name}>
      <button type="button" className="tool tool-search" onClick={change({ searching: true })}>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d="M5 1a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM8 8l3 3" />
        </svg>
        {toolWords.find}
        <kbd>{APPLE ? toolWords.findKey.apple : toolWords.findKey.other}</kbd>
      </button>
      <div className="tool-pair" role="group" aria-label={toolWords.as}>
        <button type="button" className="tool" aria-pressed={as === "map"} onClick={change({ as: "map" })}>
          {toolWords.map}
        </button>
        <button type="button" className="tool" aria-pressed={as === "list"} onClick={change({ as: "list" })}>
          {toolWords.list}
        </button>
      </div>
      {as === "map" && (
        <>
          <button
            type="button"
            className="tool"
            aria-pressed={calls}
            title={toolWords.callsHint}
            onClick={change({ calls: !calls })}
          >
            {toolWords.calls}
          </button>
          <button type="button" className="tool" aria-pressed={legend} onClick={change({ legend: !legend })}>
            {toolWords.legend}
          </button>
        </>
      )}
    </div>
  );
}
