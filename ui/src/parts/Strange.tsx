// Text that a stranger wrote: a name, a role, a task, an answer. It is shown as text, its direction of writing cannot
// turn the text around it, and a long word in it breaks.

import { plain } from "../words/plain";
import "./strange.css";

interface StrangeProps {
  text: string;
  /** Says how much room it has. */
  className?: string;
  /** Where the room may be too small, the whole text is shown when the mouse rests on it. */
  clamped?: boolean;
}

/** The text. */
export function Strange({ text, className = "", clamped = false }: StrangeProps) {
  const shown = plain(text);
  return (
    <bdi className={`strange ${className}`} dir="auto" title={clamped ? shown : undefined}>
      {shown}
    </bdi>
  );
}
