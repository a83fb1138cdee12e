// A host for tests: it says what the test tells it to, and remembers what it was asked.

import type { Sent } from "../generated/Sent";
import type { Host, HostEvent } from "../host/host";

/** The host. */
export class FakeHost implements Host {
  readonly asked: string[] = [];
  /** What `send` comes to. */
  answer: () => Promise<Sent> = () => Promise.reject(new Error("the test gave no answer"));
  /** What `start` and `stop` come to. */
  turn: () => Promise<void> = () => Promise.resolve();
  #hear: ((event: HostEvent) => void) | null = null;

  subscribe(hear: (event: HostEvent) => void) {
    this.#hear = hear;
    return () => {
      this.#hear = null;
    };
  }

  /** Tells whoever listens. */
  say(...events: HostEvent[]) {
    for (const event of events) {
      this.#hear?.(event);
    }
  }

  start(profile: string) {
    this.asked.push(`start ${profile}`);
    return this.turn();
  }

  stop(profile: string) {
    this.asked.push(`stop ${profile}`);
    return this.turn();
  }

  send(profile: string, text: string) {
    this.asked.push(`send ${profile} ${text}`);
    return this.answer();
  }
}
