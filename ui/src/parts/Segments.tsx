// One of a few words in a row.

import { useId } from "react";

import "./segments.css";

interface SegmentsProps<Value extends string> {
  legend: string;
  options: readonly { value: Value; word: string }[];
  chosen: Value;
  onChoose: (value: Value) => void;
}

/** The words. */
export function Segments<Value extends string>({ legend, options, chosen, onChoose }: SegmentsProps<Value>) {
  const name = useId();
  return (
    <fieldset className="segments">
      <legend className="unseen">{legend}</legend>
      {options.map(({ value, word }) => (
        <label key={value} className="segment">
          <input
            type="radio"
            className="unseen"
            name={name}
            checked={value === chosen}
            onChange={() => {
              onChoose(value);
            }}
          />
          {word}
        </label>
      ))}
    </fieldset>
  );
}
