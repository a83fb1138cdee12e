// Something that stands there in words, and can be opened to be changed and confirmed.

import { useState, type ReactNode } from "react";

import type { Ask } from "../host/routes";
import { Confirming } from "../parts/Confirming";
import { useChange } from "../parts/use-change";
import { changing } from "../words/parts";

interface EditableProps {
  /** What it is called, for the button's name. */
  label: string;
  /** How it is. */
  now: ReactNode;
  /** What changes it; null while something is missing. */
  wanted: Ask | null;
  onChanged: () => void;
  /** Forgets what was typed. */
  onCancel: () => void;
  /** The fields. */
  children: ReactNode;
}

/** The thing. */
export function Editable({ label, now, wanted, onChanged, onCancel, children }: EditableProps) {
  const [open, setOpen] = useState(false);
  const change = useChange();
  const save = async () => {
    if (wanted && (await change.run(wanted))) {
      setOpen(false);
      onChanged();
    }
  };
  if (!open) {
    return (
      <div className="row">
        <div className="row-words">{now}</div>
        <div className="row-control">
          <button
            type="button"
            className="button"
            aria-label={`${changing.change} ${label}`}
            onClick={() => {
              setOpen(true);
            }}
          >
            {changing.change}
          </button>
        </div>
      </div>
    );
  }
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {children}
      <Confirming change={change} />
      <div className="form-foot">
        <button
          type="button"
          className="button"
          disabled={change.asking}
          onClick={() => {
            onCancel();
            setOpen(false);
          }}
        >
          {changing.cancel}
        </button>
        <button type="submit" className="button button-main" disabled={!wanted || change.asking}>
          {changing.save}
        </button>
      </div>
    </form>
  );
}
