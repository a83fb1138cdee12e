// What was said of one org since the last frame, put together: of each workspace only the newest is kept, so it is
// bounded by the org however long nobody looks. Changes that do not follow one another are noticed, not guessed at.

import type { Org } from "../generated/Org";
import type { OrgChange } from "../generated/OrgChange";
import type { OrgHead } from "../generated/OrgHead";
import type { OrgWorkspace } from "../generated/OrgWorkspace";

/** The news of one org. */
export interface News {
  /** The whole, if it was said; everything else came after it. */
  whole: Org | null;
  /** The revision that the changes begin from; none without changes. */
  since: number | null;
  /** The revision after them. */
  revision: number;
  asOf: string | null;
  head: OrgHead | null;
  changed: Map<string, OrgWorkspace>;
  /** Newer signs of life, by workspace. */
  beats: Map<string, string>;
  removed: Set<string>;
  /** A change was missed: the whole has to be asked for. */
  torn: boolean;
}

/** A whole org as news; it makes all earlier news old. */
export function wholeNews(org: Org): News {
  return {
    whole: org,
    since: null,
    revision: org.revision,
    asOf: org.as_of,
    head: null,
    changed: new Map(),
    beats: new Map(),
    removed: new Set(),
    torn: false,
  };
}

/** The news with one more change. */
export function withChange(news: News | undefined, change: OrgChange): News {
  const all = news ?? {
    whole: null,
    since: change.since,
    revision: change.since,
    asOf: null,
    head: null,
    changed: new Map<string, OrgWorkspace>(),
    beats: new Map<string, string>(),
    removed: new Set<string>(),
    torn: false,
  };
  if (all.torn) {
    return all;
  }
  if (change.since !== all.revision) {
    // An event that is older than the whole is nothing new.
    all.torn = change.revision > all.revision;
    return all;
  }
  all.since ??= change.since;
  all.revision = change.revision;
  all.asOf = change.as_of;
  all.head = change.head ?? all.head;
  for (const id of change.removed) {
    all.changed.delete(id);
    all.beats.delete(id);
    all.removed.add(id);
  }
  for (const workspace of change.changed) {
    all.beats.delete(workspace.id);
    all.changed.set(workspace.id, workspace);
  }
  for (const { id, last_seen: lastSeen } of change.beats) {
    const changed = all.changed.get(id);
    if (changed) {
      all.changed.set(id, { ...changed, last_seen: lastSeen });
    } else {
      all.beats.set(id, lastSeen);
    }
  }
  return all;
}
