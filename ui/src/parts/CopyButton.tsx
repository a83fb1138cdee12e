// A button that copies, and says for a moment that it did.

import { useEffect, useState } from "react";

import { copying } from "../words/parts";
import { copy } from "./copy";
import { Icon } from "./Icon";

/** How long it says so, in milliseconds: long enough to be read. */
const SAID_FOR = 2_000;

interface CopyButtonProps {
  label: string;
  /** What is copied, made when it is asked for. */
  text: () => string | Promise<string>;
  disabled?: boolean;
  quiet?: boolean;
}

/** The button. */
export function CopyButton({ label, text, disabled = false, quiet = false }: CopyButtonProps) {
  const [done, setDone] = useState<boolean | null>(null);
  useEffect(() => {
    if (done === null) {
      return;
    }
    const timer = setTimeout(() => {
      setDone(null);
    }, SAID_FOR);
    return () => {
      clearTimeout(timer);
    };
  }, [done]);
  const press = async () => {
    try {
      setDone(await copy(await text()));
    } catch {
      setDone(false);
    }
  };
  const words = done === null ? label : done ? copying.done : copying.failed;
  return (
    <button
      type="button"
      className={quiet ? "button button-quiet" : "button"}
      disabled={disabled}
      onClick={() => void press()}
    >
      <Icon name={done === true ? "check" : "copy"} />
      <span aria-live="polite">{words}</span>
    </button>
  );
}
