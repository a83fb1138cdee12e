// A sentence of the host: what it writes between `backticks` is a command.

import { Fragment } from "react";

import { plain } from "../words/plain";
import "./prose.css";

/** The sentence. It may quote strangers, so it is isolated like their text. */
export function Prose({ text }: { text: string }) {
  const shown = plain(text);
  const parts = shown.split("`");
  // Without its second half a backtick is only a backtick.
  const paired = parts.length % 2 === 1;
  return (
    <bdi className="prose">
      {paired
        ? parts.map((part, at) => (
            <Fragment key={at}>{at % 2 === 1 ? <code className="command">{part}</code> : part}</Fragment>
          ))
        : shown}
    </bdi>
  );
}
