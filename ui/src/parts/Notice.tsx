// A remark that belongs to what stands around it: good to know, to be careful with, or wrong.

import type { ReactNode } from "react";

import { noticeLooks } from "../words/parts";
import { StateMark } from "./StateMark";
import "./notice.css";

/** How much it matters. */
export type Weight = keyof typeof noticeLooks;

interface NoticeProps {
  weight?: Weight;
  title?: ReactNode;
  children?: ReactNode;
}

/** The remark. */
export function Notice({ weight = "info", title, children }: NoticeProps) {
  return (
    <div className={`notice notice-${weight}`} role={weight === "error" ? "alert" : undefined}>
      <StateMark look={noticeLooks[weight]} />
      <div className="notice-words">
        {title !== undefined && (
          <p className="notice-title">
            <span className="unseen">{noticeLooks[weight].word}: </span>
            {title}
          </p>
        )}
        {children}
      </div>
    </div>
  );
}
