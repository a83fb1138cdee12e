// The one store of the window: what the host said last, and what the user is doing. Written by `apply` (a frame's
// events) and by the few functions beside it; read through selectors, each for the least that it needs.

import { createStore, type StoreApi } from "zustand/vanilla";

import type { ApiError } from "../generated/ApiError";
import type { Sent } from "../generated/Sent";
import type { Status } from "../generated/Status";
import type { Batch } from "./coalesce";
import { orgView, type OrgView } from "./org-view";
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
  orgs: Readonly<Record<string, OrgView>>;
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
    hellos: {},
  }));
}

/** What a frame's events make of the model. */
export function apply(model: Model, batch: Batch): Partial<Model> {
  const status = batch.status ? share(model.status, batch.status) : model.status;
  const names = status?.profiles.map((profile) => profile.name) ?? [];
  return {
    connection: connectionOf(batch) ?? model.connection,
    status,
    chosen: model.chosen !== null && names.includes(model.chosen) ? model.chosen : (names[0] ?? null),
    orgs: orgsOf(model, batch, status ? names : null),
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
  if (batch.orgs.size === 0 && gone.length === 0) {
    return model.orgs;
  }
  const orgs = { ...model.orgs };
  for (const [profile, org] of batch.orgs) {
    orgs[profile] = orgView(orgs[profile], org);
  }
  return Object.fromEntries(Object.entries(orgs).filter(([profile]) => !names || names.includes(profile)));
}

/** Shows another profile's org. */
export function choose(store: ModelStore, profile: string): void {
  store.setState({ chosen: profile });
}
