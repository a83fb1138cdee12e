// In place of a list that has nothing in it: what would be there, and what makes it come.

import type { ReactNode } from "react";

import { Icon, type IconName } from "./Icon";
import "./empty.css";

/** The words. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="nothing" role="status">
      <span className="nothing-icon">
        <Icon name={icon} />
      </span>
      <p className="nothing-title">{title}</p>
      {children !== undefined && <p className="nothing-words">{children}</p>}
    </div>
  );
}
