// A host for tests: it says what the test tells it to, and remembers what it was asked.

import type { Arrangement } from "../generated/Arrangement";
import type { DeliveryList } from "../generated/DeliveryList";
import type { Message } from "../generated/Message";
import type { Org } from "../generated/Org";
import type { OrgCalls } from "../generated/OrgCalls";
import type { OrgHistory } from "../generated/OrgHistory";
import type { Rearrange } from "../generated/Rearrange";
import type { Sent } from "../generated/Sent";
import type { WorkspaceDetail } from "../generated/WorkspaceDetail";
import type { HistoryWanted, Host, HostEvent } from "../host/host";
import type { Ask } from "../host/routes";

const unsaid = (what: string) => () => Promise.reject(new Error(`the test gave no ${what}`));

/** The host. */
export class FakeHost implements Host {
  readonly asked: string[] = [];
  /** What `send` comes to. */
  answer: () => Promise<Sent> = unsaid("answer");
  /** What `start`, `stop` and `restart` come to. */
  turn: () => Promise<void> = () => Promise.resolve();
  /** What `org` comes to. */
  whole: () => Promise<Org> = unsaid("org");
  /** What `workspace` comes to. */
  detail: () => Promise<WorkspaceDetail> = unsaid("detail");
  /** What `say` comes to. */
  said: () => Promise<Message> = unsaid("message");
  /** What `calls`, `history` and `deliveries` come to. */
  spoke: OrgCalls = { since: null, calls: [] };
  past: OrgHistory = { changes: [], more: false, absences: [] };
  came: DeliveryList = { deliveries: [] };
  /** What anything else comes to. */
  reply: (wanted: Ask) => Promise<unknown> = () => new Promise(() => undefined);
  #hear: ((event: HostEvent) => void) | null = null;

  subscribe(hear: (event: HostEvent) => void) {
    this.#hear = hear;
    return () => {
      this.#hear = null;
    };
  }

  /** Tells whoever listens. */
  tell(...events: HostEvent[]) {
    for (const event of events) {
      this.#hear?.(event);
    }
  }

  org(profile: string) {
    this.asked.push(`org ${profile}`);
    return this.whole();
  }

  calls() {
    return Promise.resolve(this.spoke);
  }

  history(_: string, { after = 0, workspace, limit }: HistoryWanted) {
    const changes = this.past.changes.filter(
      (change) => change.number > after && (workspace === undefined || change.workspace === workspace),
    );
    return Promise.resolve({ ...this.past, changes: changes.slice(-limit) });
  }

  workspace(profile: string, id: string) {
    this.asked.push(`workspace ${profile} ${id}`);
    return this.detail();
  }

  say(profile: string, id: string, text: string) {
    this.asked.push(`say ${profile} ${id} ${text}`);
    return this.said();
  }

  rearrange(profile: string, change: Rearrange): Promise<Arrangement> {
    this.asked.push(`rearrange ${profile} ${JSON.stringify(change)}`);
    return Promise.resolve({ moved: {}, collapsed: [] });
  }

  deliveries() {
    return Promise.resolve(this.came);
  }

  restart(profile: string) {
    this.asked.push(`restart ${profile}`);
    return this.turn();
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

  ask<Answer>(wanted: Ask<Answer>) {
    this.asked.push(`${wanted.method} ${wanted.path}`);
    return this.reply(wanted) as Promise<Answer>;
  }
}
