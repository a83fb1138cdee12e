// A message to our own workspace, the way everybody else's go: through the platform and down the tunnel.

import { useId, useState, type KeyboardEvent } from "react";

import { Failure } from "../parts/Failure";
import { useModel, useProfile, useShared } from "../store/context";
import { sayHello } from "../store/hello";
import { helloWords } from "../words/panel";
import { Answer } from "./Answer";
import { Progress } from "./Progress";
import "./say-hello.css";

/** The field, and what became of the last message. */
export function SayHello({ profile }: { profile: string }) {
  const { store, host } = useShared();
  const hello = useModel((model) => model.hellos[profile]);
  const live = useModel((model) => model.connection.state === "live");
  const stopped = useProfile(profile, (status) => status.presence.state === "stopped") ?? true;
  const [text, setText] = useState<string>(helloWords.first);
  const hint = useId();
  const sending = hello?.state === "sending";
  const ready = live && !stopped && !sending && text.trim() !== "";
  const send = () => {
    if (ready) {
      void sayHello(store, host, profile, text.trim());
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };
  return (
    <section className="panel-part" aria-labelledby="hello-title">
      <h2 id="hello-title" className="panel-title">
        {helloWords.title}
      </h2>
      <form
        className="hello"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          className="hello-text"
          rows={2}
          dir="auto"
          value={text}
          aria-label={helloWords.field}
          aria-describedby={hint}
          onChange={(event) => {
            setText(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
        <div className="hello-foot">
          <p id={hint} className="hello-hint">
            {hintWords(live, stopped)}
          </p>
          <button type="submit" className="button button-main" disabled={!ready}>
            {sending ? helloWords.sending : helloWords.send}
          </button>
        </div>
      </form>
      {hello?.state === "sending" && <Progress since={hello.since} />}
      {hello?.state === "answered" && <Answer sent={hello.sent} />}
      {hello?.state === "failed" && <Failure failure={hello.failure} />}
    </section>
  );
}

function hintWords(live: boolean, stopped: boolean): string {
  if (!live) {
    return helloWords.unheard;
  }
  return stopped ? helloWords.stopped : helloWords.way;
}
