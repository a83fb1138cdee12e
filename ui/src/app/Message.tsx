// A whole window with one thing to say.

import { Logo } from "../parts/Logo";
import { Prose } from "../parts/Prose";
import { sentence } from "../words/sentence";
import "./message.css";

interface MessageProps {
  title: string;
  /** What to do next. */
  next: string | null;
  busy?: boolean;
  alarming?: boolean;
}

/** The message. */
export function Message({ title, next, busy = false, alarming = false }: MessageProps) {
  return (
    <main className="message" aria-busy={busy}>
      <Logo size={56} />
      <h1 className="message-title" role={alarming ? "alert" : "status"}>
        {title}
        {busy && "…"}
      </h1>
      {next !== null && (
        <p className="message-next">
          <Prose text={sentence(next)} />
        </p>
      )}
    </main>
  );
}
