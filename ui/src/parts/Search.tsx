// A field that narrows down what is shown.

import { Icon } from "./Icon";
import "./search.css";

/** The field. */
export function Search({ label, text, onChange }: { label: string; text: string; onChange: (text: string) => void }) {
  return (
    <div className="search">
      <Icon name="search" />
      <input
        type="search"
        className="search-input"
        aria-label={label}
        placeholder={label}
        value={text}
        spellCheck={false}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </div>
  );
}
