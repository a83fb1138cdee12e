// A frame's events into the store: the model as one value, and each org's news into its own store. Who missed a change
// asks for the whole, once at a time; while that fails the host says the whole by itself when it is heard again.

import type { Host } from "../host/host";
import type { Batch } from "./coalesce";
import { apply, type Model, type ModelStore } from "./model";
import { wholeNews } from "./news";

const asking = new WeakMap<ModelStore, Set<string>>();

/** Takes a frame's events in. */
export function commit(store: ModelStore, host: Host, batch: Batch): void {
  if (concernsAll(store.getState(), batch)) {
    store.setState((model) => apply(model, batch));
  }
  const { orgs } = store.getState();
  for (const [profile, news] of batch.orgs) {
    if (orgs[profile]?.take(news) === false) {
      void ask(store, host, profile);
    }
  }
}

/** Whether more happened than inside of orgs that are known: who listens to the model need not look else. */
function concernsAll({ orgs: known }: Model, { connection, status, orgs, threads, arrangements }: Batch): boolean {
  const others = connection !== undefined || status !== undefined || threads.size > 0 || arrangements.size > 0;
  return others || [...orgs.keys()].some((profile) => !known[profile]);
}

async function ask(store: ModelStore, host: Host, profile: string): Promise<void> {
  const now = asking.get(store) ?? new Set();
  asking.set(store, now);
  if (now.has(profile)) {
    return;
  }
  now.add(profile);
  try {
    const whole = await host.org(profile);
    store.getState().orgs[profile]?.take(wholeNews(whole));
  } catch {
    // The next change will not fit either, and asks again.
  } finally {
    now.delete(profile);
  }
}
