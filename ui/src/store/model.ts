// The one store of the window: what the host said last, and what the user is doing. Written by `apply` (a frame's
// events) and by the few functions beside it; read through selectors, each for the least that it needs.

import { createStore, type StoreApi } from "zustand/vanilla";

import type { ApiError } from "../generated/ApiError";
import type { Sent } from "../generated/Sent";
import type { Status } from "../generated/Status";
import type { Thread } from "../generated/Thread";
import type { Batch } from "./coalesce";
import type { Past } from "./past";
import { recalled, withArrangement, type Looking } from "./looking";
import { OrgStore } from "./org-store";
import { share } from "./sharing";

/** How we stand with the host. */
export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  /** Tried again without being asked; last heard then. */
  | { state: "lost"; heard: Date | null; failure: ApiError }
  /** Not tried again. */
  | { state: "refused"; failure: ApiError };

/** A message to our own workspace. */
export type Hello =
  /** Since then, in milliseconds since 1970. */
  | { state: "sending"; since: number }
  | { state: "answered"; sent: Sent }
  | { state: "failed"; failure: ApiError };

/** Everything that the window knows. */
export interface Model {
  connection: Connection;
  status: Status | null;
  /** The profile whose org is shown; null while there is none. */
  chosen: string | null;
  /** By profile. */
  orgs: Readonly<Record<string, OrgStore>>;
  /** How each profile's Canvas is looked at, from its first org on. */
  looks: Readonly<Record<string, Looking>>;
  /** What was said, by `threadKey`. */
  threads: Readonly<Record<string, Thread>>;
  /** What became of the states in each profile's org, as far as it was asked for. */
  pasts: Readonly<Record<string, Past>>;
  /** The last message, by profile. */
  hellos: Readonly<Record<string, Hello>>;
}

/** The store. */
export type ModelStore = StoreApi<Model>;

/** A store that knows nothing yet. */
export function createModel(): ModelStore {
  return createStore<Model>(() => ({
    connection: { state: "connecting" },
    status: null,
    chosen: null,
    orgs: {},
    looks: {},
    threads: {},
    pasts: {},
    hellos: {},
  }));
}

/** What a frame's events make of the model; what they say inside of an org is for its store (`commit`). */
export function apply(model: Model, batch: Batch): Partial<Model> {
  const status = batch.status ? share(model.status, batch.status) : model.status;
  const names = status?.profiles.map((profile) => profile.name) ?? [];
  const orgs = orgsOf(model, batch, status ? names : null);
  return {
    connection: connectionOf(batch) ?? model.connection,
    status,
    chosen: model.chosen !== null && names.includes(model.chosen) ? model.chosen : (names[0] ?? null),
    orgs,
    looks: looksOf(model, orgs, batch),
    threads: batch.threads.size === 0 ? model.threads : { ...model.threads, ...Object.fromEntries(batch.threads) },
  };
}

function connectionOf({ connection }: Batch): Connection | null {
  switch (connection?.kind) {
    case "live":
      return { state: "live" };
    case "lost":
      return { state: "lost", heard: connection.heard, failure: connection.failure };
    case "refused":
      return { state: "refused", failure: connection.failure };
    case undefined:
      return null;
  }
}

/** `names` are the profiles that there are, if that is known: the orgs of others are dropped. */
function orgsOf(model: Model, batch: Batch, names: readonly string[] | null): Model["orgs"] {
  const gone = names ? Object.keys(model.orgs).filter((profile) => !names.includes(profile)) : [];
  const fresh = [...batch.orgs.keys()].filter((profile) => !model.orgs[profile] && (!names || names.includes(profile)));
  for (const profile of gone) {
    model.orgs[profile]?.end();
  }
  if (gone.length === 0 && fresh.length === 0) {
    return model.orgs;
  }
  const kept = Object.entries(model.orgs).filter(([profile]) => !gone.includes(profile));
  return Object.fromEntries([...kept, ...fresh.map((profile) => [profile, new OrgStore()] as const)]);
}

/** Each org is looked at as it was when it was closed, and arranged as the host keeps it. */
function looksOf({ looks, orgs: before }: Model, orgs: Model["orgs"], { arrangements }: Batch): Model["looks"] {
  if (orgs === before && arrangements.size === 0) {
    return looks;
  }
  const names = new Set([...Object.keys(orgs), ...Object.keys(looks), ...arrangements.keys()]);
  return Object.fromEntries(
    [...names].map((profile) => {
      const now = looks[profile] ?? recalled(profile);
      const arrangement = arrangements.get(profile);
      const arranged = arrangement ? withArrangement(now, arrangement) : now;
      if (arranged !== looks[profile] || !before[profile]) {
        orgs[profile]?.wish(arranged);
      }
      return [profile, arranged];
    }),
  );
}

/** Shows another profile's org. */
export function choose(store: ModelStore, profile: string): void {
  store.setState({ chosen: profile });
}
