// One message of a talk, with what became of it.

import type { Message } from "../generated/Message";
import { Markdown } from "../parts/Markdown";
import { Prose } from "../parts/Prose";
import { Strange } from "../parts/Strange";
import { momentOf } from "../words/figures";
import { sentence } from "../words/sentence";
import { talkWords } from "../words/side";
import { messageState } from "../words/talk";

/** The message; `name` is the workspace's. */
export function Said({ message, name }: { message: Message; name: string }) {
  const { at, by, text, cut, files, state, note } = message;
  const theirs = by === "agent";
  const became = messageState(state);
  return (
    <li className={theirs ? "said said-theirs" : "said"}>
      <p className="said-head">
        <strong>{theirs ? <Strange text={name} /> : by === "human" ? talkWords.you : talkWords.ours}</strong>
        <time dateTime={at}>{momentOf(at)}</time>
      </p>
      {theirs ? (
        text === "" ? (
          <em>{talkWords.wordless}</em>
        ) : (
          <Markdown text={text} />
        )
      ) : (
        <Strange text={text} className="said-text" />
      )}
      {cut && <p className="said-note">{talkWords.longer}</p>}
      {files > 0 && <p className="said-note">{talkWords.files(files)}</p>}
      {became !== null && (
        <p className={`said-note said-${state}`}>
          {became}
          {note !== null && (
            <>
              {" "}
              <Prose text={sentence(note)} />
            </>
          )}
        </p>
      )}
    </li>
  );
}
