// A part of a page on a surface of its own, with a heading.

import { useId, type ReactNode } from "react";

import "./section.css";

interface SectionProps {
  title: string;
  /** What it is about, where the title does not say it. */
  lead?: ReactNode;
  /** At the end of the heading's line. */
  aside?: ReactNode;
  children: ReactNode;
}

/** The part. */
export function Section({ title, lead, aside, children }: SectionProps) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id} className="section-title">
          {title}
        </h2>
        {aside}
      </div>
      {lead !== undefined && <p className="section-lead">{lead}</p>}
      <div className="section-body">{children}</div>
    </section>
  );
}

interface RowProps {
  title: ReactNode;
  /** What it means. */
  hint?: ReactNode;
  /** What is set or done. */
  children?: ReactNode;
}

/** A line of a part: words at its beginning, a control at its end. */
export function Row({ title, hint, children }: RowProps) {
  return (
    <div className="row">
      <div className="row-words">
        <p className="row-title">{title}</p>
        {hint !== undefined && <p className="row-hint">{hint}</p>}
      </div>
      {children !== undefined && <div className="row-control">{children}</div>}
    </div>
  );
}
