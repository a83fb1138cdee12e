// A field of a form: its name, its hint, and what is wrong with what was typed, in words and as it is typed.

import { useId, type ReactNode } from "react";

import { Icon } from "./Icon";
import { Prose } from "./Prose";
import type { Judged } from "../words/judge";
import { optional } from "../words/parts";
import "./field.css";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  value: string;
  onChange: (value: string) => void;
  /** What is thought of the value; nothing is said of an empty field. */
  judged?: Judged | null;
  /** It is secret: shown as dots, and never given back. */
  secret?: boolean;
  /** It has several lines. */
  rows?: number;
  placeholder?: string;
  /** Written with letters of one width: addresses, names of files. */
  code?: boolean;
  optional?: boolean;
  disabled?: boolean;
}

/** The field. */
export function Field(props: FieldProps) {
  const { label, hint, value, onChange, judged = null, secret = false, rows, placeholder, code = false } = props;
  const id = useId();
  const said = value.trim() === "" ? null : judged;
  const wrong = said !== null && !said.good;
  const common = {
    id,
    value,
    placeholder,
    disabled: props.disabled,
    className: `field-input${code ? " field-code" : ""}`,
    "aria-invalid": wrong || undefined,
    "aria-describedby": `${id}-hint ${id}-said`,
    autoComplete: "off",
    autoCapitalize: "off",
    spellCheck: false,
  };
  return (
    <div className={wrong ? "field field-wrong" : "field"}>
      <label className="field-label" htmlFor={id}>
        {label}
        {props.optional === true && <span className="field-optional"> {optional}</span>}
      </label>
      {rows === undefined ? (
        <input
          {...common}
          type={secret ? "password" : "text"}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
      ) : (
        <textarea
          {...common}
          rows={rows}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
      <p id={`${id}-said`} className="field-said" aria-live="polite">
        {said !== null && (
          <>
            <Icon name={wrong ? "about" : "check"} />
            <Prose text={said.words} />
          </>
        )}
      </p>
    </div>
  );
}
