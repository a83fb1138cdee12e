// Samples of what the host says, for tests.

import type { Org } from "../generated/Org";
import type { OrgWorkspace } from "../generated/OrgWorkspace";
import type { ProfileStatus } from "../generated/ProfileStatus";
import type { Status } from "../generated/Status";

/** A workspace that is online and calm. */
export function workspace(id: string, changes: Partial<OrgWorkspace> = {}): OrgWorkspace {
  return {
    id,
    name: id,
    role: null,
    description: null,
    skills: [],
    state: "online",
    since: null,
    last_seen: null,
    suspect: false,
    runtime: null,
    remote: false,
    ours: false,
    parent_id: null,
    tier: null,
    place: null,
    active_tasks: 0,
    current_task: null,
    error: null,
    ...changes,
  };
}

/** The whole org, live. */
export function org(workspaces: OrgWorkspace[], changes: Partial<Org> = {}): Org {
  return {
    schema: 1,
    profile: "work",
    scope: "org",
    note: null,
    as_of: "2026-01-02T03:04:05Z",
    live: true,
    from_snapshot: false,
    revision: 1,
    speaks_as: "human",
    key_refused: false,
    history: 0,
    approvals: null,
    workspaces,
    ...changes,
  };
}

/** A profile that is online. */
export function profile(name: string, changes: Partial<ProfileStatus> = {}): ProfileStatus {
  return {
    name,
    platform: "https://acme.example",
    workspace: { id: "a", name: "researcher" },
    presence: { state: "online", since: "2026-01-02T03:00:00Z", reason: null, retry_at: null },
    exposure: { kind: "relay", relay: "https://relay.example", shared_door: false, key: null },
    link: { state: "up", verified: true, round_trip_ms: 12.3, reason: null },
    agent: { kind: "echo", ready: true, active_tasks: 0, reason: null },
    health: [],
    ...changes,
  };
}

/** A host with these profiles. */
export function status(...profiles: ProfileStatus[]): Status {
  return { schema: 1, host: { pid: 1, version: "0.1.0", commit: null, update: null, vault: { kind: "keychain" }, health: [] }, profiles };
}

/** Random numbers that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
