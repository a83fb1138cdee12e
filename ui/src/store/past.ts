// What became of the workspaces' states since the host started: asked for when the org says that there is more, kept
// for the timeline and for each workspace's details. Bounded.

import type { Absence } from "../generated/Absence";
import type { StateChange } from "../generated/StateChange";
import type { Shared } from "./context";

/** So many changes are kept, the newest. */
const MOST = 500;
/** Changes that come quickly one after the other are asked for together, in milliseconds. */
const CALM = 800;

/** The changes that are known. */
export interface Past {
  /** Oldest first. */
  changes: readonly StateChange[];
  /** Oldest first. */
  absences: readonly Absence[];
  /** The number up to which all are known. */
  through: number;
  /** The number of the last change that the user has seen in the timeline. */
  seen: number;
  /** When the last absence ended that the user was told of; kept by the window. */
  told: string | null;
}

const nothing: Past = { changes: [], absences: [], through: 0, seen: 0, told: null };

const TOLD = "ligand-absence:";

/** The past of a profile's org. */
export function pastOf(pasts: Readonly<Record<string, Past>>, profile: string): Past {
  return pasts[profile] ?? nothing;
}

/** Follows the past of a profile's org until the result is called. */
export function followPast({ store, host }: Shared, profile: string): () => void {
  let over = false;
  let busy = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const kept = () => store.getState().pasts[profile];
  const newest = () => store.getState().orgs[profile]?.view.history ?? 0;
  const ask = async () => {
    timer = null;
    const through = kept()?.through ?? 0;
    // The numbers of a host that was started anew begin anew.
    const after = through > newest() ? 0 : through;
    const known = newest();
    busy = true;
    try {
      const { changes, absences } = await host.history(profile, { after, limit: MOST });
      note(changes, absences, after, known);
    } catch {
      // It is asked for again with the next change.
    }
    busy = false;
  };
  const note = (fresh: readonly StateChange[], absences: readonly Absence[], after: number, known: number) => {
    store.setState(({ pasts }) => {
      const past = pasts[profile] ?? { ...nothing, told: recalled(profile) };
      const before = after === 0 ? { ...nothing, told: past.told } : past;
      const changes = [...before.changes, ...fresh].slice(-MOST);
      const through = Math.max(known, changes.at(-1)?.number ?? 0);
      // What had happened before this window was opened is no news of it.
      const seen = pasts[profile] ? before.seen : through;
      return { pasts: { ...pasts, [profile]: { ...before, changes, absences, through, seen } } };
    });
  };
  const look = () => {
    if (!kept() && newest() === 0) {
      // Nothing has happened yet: whatever does is news.
      note([], [], 0, 0);
    } else if (!over && !busy && timer === null && newest() !== kept()?.through) {
      timer = setTimeout(() => void ask(), CALM);
    }
  };
  const deaf = store.getState().orgs[profile]?.listen(look);
  look();
  return () => {
    over = true;
    deaf?.();
    if (timer !== null) {
      clearTimeout(timer);
    }
  };
}

/** The user has seen all that there is. */
export function seePast(shared: Shared, profile: string): void {
  change(shared, profile, (past) => (past.seen === past.through ? past : { ...past, seen: past.through }));
  seeAbsence(shared, profile);
}

/** The user was told of the last time in which nobody looked. */
export function seeAbsence(shared: Shared, profile: string): void {
  change(shared, profile, (past) => {
    const told = past.absences.at(-1)?.until ?? null;
    if (told === null || told === past.told) {
      return past;
    }
    keep(profile, told);
    return { ...past, told };
  });
}

function change({ store }: Shared, profile: string, to: (past: Past) => Past): void {
  store.setState(({ pasts }) => {
    const past = pasts[profile];
    const now = past && to(past);
    return now === undefined || now === past ? {} : { pasts: { ...pasts, [profile]: now } };
  });
}

function recalled(profile: string): string | null {
  try {
    return window.localStorage.getItem(TOLD + profile);
  } catch {
    return null;
  }
}

function keep(profile: string, told: string): void {
  try {
    window.localStorage.setItem(TOLD + profile, told);
  } catch {
    // A browser that keeps nothing: then the next window tells it once more.
  }
}
