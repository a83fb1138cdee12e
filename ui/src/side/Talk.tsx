// A talk with one workspace: what was said in this session, what became of it, and the field to say more.

import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";

import type { ApiError } from "../generated/ApiError";
import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { failureOf } from "../host/host";
import { Failure } from "../parts/Failure";
import { threadKey } from "../store/coalesce";
import { useModel, useOrg, useProfile, useShared } from "../store/context";
import { talkWords } from "../words/side";
import { speaker } from "../words/talk";
import { Said } from "./Said";
import "./talk.css";

interface TalkProps {
  profile: string;
  workspace: OrgWorkspace;
}

/** The talk. */
export function Talk({ profile, workspace }: TalkProps) {
  const { host } = useShared();
  const thread = useModel(({ threads }) => threads[threadKey(profile, workspace.id)]);
  const live = useModel((model) => model.connection.state === "live");
  const voice = useOrg(profile, (org) => org.speaksAs) ?? "workspace";
  const own = useProfile(profile, (status) => status.workspace.name) ?? null;
  const [text, setText] = useState("");
  const [failure, setFailure] = useState<ApiError | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const ids = useId();
  const messages = thread?.messages ?? [];
  const last = messages.at(-1)?.number;
  useEffect(() => {
    if (list.current) {
      list.current.scrollTop = list.current.scrollHeight;
    }
  }, [last]);
  const ready = live && text.trim() !== "";
  const say = async () => {
    const said = text.trim();
    setText("");
    setFailure(null);
    try {
      await host.say(profile, workspace.id, said);
    } catch (thrown) {
      setFailure(failureOf(thrown));
      // What could not be said is not lost.
      setText((now) => (now === "" ? said : now));
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (ready) {
        void say();
      }
    }
  };
  return (
    <section className="panel-part" aria-labelledby={`${ids}-title`}>
      <h2 id={`${ids}-title`} className="panel-title">
        {talkWords.title}
      </h2>
      {thread?.cut === true && <p className="details-since">{talkWords.cut}</p>}
      {messages.length > 0 && (
        // Long talks scroll, so the keyboard must get there.
        // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a region that scrolls
        <div ref={list} className="talk" role="log" aria-label={talkWords.messages} tabIndex={0}>
          <ol>
            {messages.map((message) => (
              <Said key={message.number} message={message} name={workspace.name} />
            ))}
          </ol>
        </div>
      )}
      {failure && <Failure failure={failure} />}
      <form
        className="talk-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) {
            void say();
          }
        }}
      >
        <textarea
          className="hello-text"
          rows={2}
          dir="auto"
          value={text}
          placeholder={talkWords.placeholder}
          aria-label={talkWords.field}
          aria-describedby={`${ids}-as`}
          onChange={(event) => {
            setText(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
        <div className="hello-foot">
          <p id={`${ids}-as`} className="hello-hint">
            {live ? speaker(voice, own) : talkWords.unheard}
          </p>
          <button type="submit" className="button button-main" disabled={!ready}>
            {talkWords.say}
          </button>
        </div>
      </form>
    </section>
  );
}
