// One of a few, each said in full: cards of which one is chosen with the mouse or the arrow keys.

import { Fragment, useId, type ReactNode } from "react";

import { Icon, type IconName } from "./Icon";
import "./choice.css";

/** One of them. */
export interface Option<Value extends string> {
  value: Value;
  title: ReactNode;
  /** What choosing it means. */
  words?: ReactNode;
  /** A word at its side: why it is chosen already. */
  badge?: string;
  icon?: IconName;
}

interface ChoiceProps<Value extends string> {
  legend: string;
  options: readonly Option<Value>[];
  chosen: Value | null;
  onChoose: (value: Value) => void;
  /** What more has to be said of the one that is chosen; it stands right below it. */
  more?: ReactNode;
}

/** The cards. */
export function Choice<Value extends string>({ legend, options, chosen, onChoose, more }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend className="unseen">{legend}</legend>
      {options.map(({ value, title, words, badge, icon }) => (
        <Fragment key={value}>
          <label className="choice-card">
            <input
              type="radio"
              className="choice-mark"
              name={name}
              value={value}
              checked={value === chosen}
              onChange={() => {
                onChoose(value);
              }}
            />
            {icon && <Icon name={icon} />}
            <span className="choice-words">
              <span className="choice-title">
                {title}
                {badge !== undefined && <span className="choice-badge">{badge}</span>}
              </span>
              {words !== undefined && <span className="choice-hint">{words}</span>}
            </span>
          </label>
          {value === chosen && more !== undefined && <div className="choice-more">{more}</div>}
        </Fragment>
      ))}
    </fieldset>
  );
}
