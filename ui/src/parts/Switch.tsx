// Something that is on or off, at once.

import { useId, type ReactNode } from "react";

import "./switch.css";

interface SwitchProps {
  label: string;
  hint?: ReactNode;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
  /** Beside other controls: the words stand after it, and without a hint. */
  small?: boolean;
}

/** The switch, with its words. */
export function Switch({ label, hint, on, onChange, disabled = false, small = false }: SwitchProps) {
  const id = useId();
  return (
    <div className={small ? "switch switch-small" : "switch row"}>
      <div className="row-words">
        <label className={small ? "switch-label" : "row-title"} htmlFor={id}>
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="row-hint">
            {hint}
          </p>
        )}
      </div>
      <input
        id={id}
        className="switch-box"
        type="checkbox"
        role="switch"
        checked={on}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
    </div>
  );
}
