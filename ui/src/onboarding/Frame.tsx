// One step: its heading, which gets the keyboard when the step comes, its fields, and the ways back and on.

import { useEffect, useRef, type ReactNode } from "react";

import { Icon } from "../parts/Icon";
import { welcome } from "../words/welcome";

interface FrameProps {
  title: string;
  lead: ReactNode;
  /** None on the first step. */
  onBack?: (() => void) | undefined;
  onNext: () => void;
  /** Everything that the step needs is there. */
  ready: boolean;
  next?: string;
  /** It is being done. */
  busy?: boolean;
  children: ReactNode;
}

/** The step. */
export function Frame({ title, lead, onBack, onNext, ready, next = welcome.next, busy = false, children }: FrameProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  return (
    <form
      className="step"
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !busy) {
          onNext();
        }
      }}
    >
      <div className="step-head">
        <h1 ref={heading} tabIndex={-1} className="step-title">
          {title}
        </h1>
        <p className="step-lead">{lead}</p>
      </div>
      <div className="step-body">{children}</div>
      <div className="step-foot">
        {onBack && (
          <button type="button" className="button button-large" disabled={busy} onClick={onBack}>
            <Icon name="back" />
            {welcome.back}
          </button>
        )}
        <button type="submit" className="button button-main button-large" disabled={!ready || busy}>
          {next}
          <Icon name="next" />
        </button>
      </div>
    </form>
  );
}
