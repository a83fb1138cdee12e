// A screen that is read from top to bottom: its name, what it is for, what can be done, and its content.

import type { ReactNode } from "react";

import "./page.css";

interface PageProps {
  title: string;
  lead: ReactNode;
  /** What can be done with the whole of it. */
  actions?: ReactNode;
  /** It takes the whole room and scrolls inside: lists that are followed. */
  full?: boolean;
  children: ReactNode;
}

/** The screen. */
export function Page({ title, lead, actions, full = false, children }: PageProps) {
  return (
    <main id="main" className={full ? "page page-full" : "page"} tabIndex={-1}>
      <div className="page-body">
        <header className="page-head">
          <div className="page-words">
            <h1 className="page-title">{title}</h1>
            <p className="page-lead">{lead}</p>
          </div>
          {actions !== undefined && <div className="page-actions">{actions}</div>}
        </header>
        {children}
      </div>
    </main>
  );
}
