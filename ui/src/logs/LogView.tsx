// The lines themselves. While the end is in sight it stays in sight; who has scrolled up is left alone.

import { memo, useLayoutEffect, useRef, useState } from "react";

import { Empty } from "../parts/Empty";
import { Icon } from "../parts/Icon";
import { Strange } from "../parts/Strange";
import { momentOf } from "../words/figures";
import { logWords, type LogLine } from "../words/log";
import "./log-view.css";

/** So far from the end, in pixels, it still counts as the end. */
const NEAR = 24;

interface LogViewProps {
  /** What is to be shown; null before the first answer. */
  lines: readonly LogLine[] | null;
  follow: boolean;
  /** There are no lines at all. */
  empty: boolean;
  ofAgent: boolean;
}

/** The view. */
export function LogView({ lines, follow, empty, ofAgent }: LogViewProps) {
  const view = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const toEnd = () => {
    view.current?.scrollTo({ top: view.current.scrollHeight });
  };
  useLayoutEffect(() => {
    if (atEnd) {
      toEnd();
    }
  }, [lines, atEnd]);
  if (!lines?.length) {
    return (
      <div className="log">
        {lines && (
          <Empty icon="logs" title={empty ? logWords.noneYet : logWords.noneSuch}>
            {empty ? ofAgent && logWords.noneYetAgent : logWords.noneSuchHint}
          </Empty>
        )}
        {!lines && <p className="log-loading">{logWords.loading}</p>}
      </div>
    );
  }
  return (
    <div className="log">
      <div
        ref={view}
        className="log-lines"
        role="log"
        aria-label={logWords.lines}
        aria-live="off"
        // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a region that scrolls
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          setAtEnd(scrollHeight - scrollTop - clientHeight < NEAR);
        }}
      >
        {lines.map((line, at) => (
          <Line key={at} line={line} />
        ))}
      </div>
      {follow && !atEnd && (
        <button type="button" className="button log-newest" onClick={toEnd}>
          <Icon name="down" />
          {logWords.newest}
        </button>
      )}
    </div>
  );
}

const Line = memo(function Line({ line: { at, level, source, text } }: { line: LogLine }) {
  return (
    <div className={`log-line log-${level ?? "plain"}`}>
      {at !== null && (
        <time className="log-at" dateTime={at}>
          {momentOf(at)}
        </time>
      )}
      {level !== null && <span className="log-level">{level}</span>}
      <span className="log-text">
        {source !== null && <span className="log-source">{source.replace(/^ligand_/, "")} </span>}
        <Strange text={text} />
      </span>
    </div>
  );
});
