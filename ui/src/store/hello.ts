// Saying something to our own workspace. It is kept per profile, so that looking at another profile loses no answer.

import { failureOf, type Host } from "../host/host";
import type { Hello, ModelStore } from "./model";

/** Sends the text and notes how it went. */
export async function sayHello(store: ModelStore, host: Host, profile: string, text: string): Promise<void> {
  const note = (hello: Hello) => {
    store.setState(({ hellos }) => ({ hellos: { ...hellos, [profile]: hello } }));
  };
  note({ state: "sending", since: Date.now() });
  try {
    note({ state: "answered", sent: await host.send(profile, text) });
  } catch (thrown) {
    note({ state: "failed", failure: failureOf(thrown) });
  }
}
