// One profile's org: every workspace by its id, the layout, and who listens. Not one immutable value: of thousands of
// workspaces a few change in a frame, so whoever shows one workspace listens to that one.

import type { Approval } from "../generated/Approval";
import type { OrgScope } from "../generated/OrgScope";
import type { OrgWorkspace } from "../generated/OrgWorkspace";
import type { Voice } from "../generated/Voice";
import { NO_WISHES, type Layout, type Wishes } from "../layout/arrange";
import { Layouter } from "../layout/layouter";
import type { News } from "./news";
import { share } from "./sharing";

/** What is said of the org as a whole. A new object after each change; what stayed in it is the same object. */
export interface OrgView {
  scope: OrgScope;
  /** Why it is not the whole org, or not up to date. */
  note: string | null;
  /** When the platform said it, RFC 3339; while it is live, when it last said more than signs of life. */
  asOf: string | null;
  live: boolean;
  /** Kept on the disk by an earlier run, and not heard since. */
  fromSnapshot: boolean;
  /** In whose name we speak to others. */
  speaksAs: Voice;
  /** Whether the platform refuses the org key that the profile keeps. */
  keyRefused: boolean;
  /** The number of the newest change of a state. */
  history: number;
  /** What agents ask people to allow; none where that is not shown to us. */
  approvals: readonly Approval[] | null;
  /** By id; the same map for ever. */
  workspaces: ReadonlyMap<string, OrgWorkspace>;
  layout: Layout;
  /** How many are in each state. */
  counts: Readonly<Record<string, number>>;
}

/** What changed. */
export interface Changes {
  /** Workspaces that came, changed or went. */
  ids: ReadonlySet<string>;
  /** Whether places changed. */
  layout: boolean;
}

type Listener = () => void;

/** Signs of life are told together, so often, in milliseconds: all that is seen of them is a time of day. */
const BEATS_TOLD = 1_000;

const EMPTY: Layout = { places: new Map(), slots: new Map() };

/** The org. */
export class OrgStore {
  readonly #workspaces = new Map<string, OrgWorkspace>();
  readonly #each = new Map<string, Set<Listener>>();
  readonly #whole = new Set<Listener>();
  readonly #changes = new Set<(changes: Changes) => void>();
  readonly #layouter = new Layouter((layout) => {
    this.#laidOut(layout);
  });
  /** Who gave a sign of life that nobody was told of yet. */
  readonly #beating = new Set<string>();
  #beatsTold: ReturnType<typeof setTimeout> | null = null;
  #revision = -1;
  #wishes = NO_WISHES;
  /** Whether news are being taken in. */
  #taking = false as boolean;
  #view: OrgView = {
    scope: "org",
    note: null,
    asOf: null,
    live: false,
    fromSnapshot: false,
    speaksAs: "workspace",
    keyRefused: false,
    history: 0,
    approvals: null,
    workspaces: this.#workspaces,
    layout: EMPTY,
    counts: {},
  };

  /** The org as a whole. */
  get view(): OrgView {
    return this.#view;
  }

  /** Hears when anything of {@link view} changed. */
  readonly listen = (listener: Listener): (() => void) => {
    this.#whole.add(listener);
    return () => this.#whole.delete(listener);
  };

  /** Hears when that workspace changed, came or went; of its signs of life a moment later. */
  listenTo(id: string, listener: Listener): () => void {
    const listeners = this.#each.get(id) ?? new Set();
    this.#each.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) {
        this.#each.delete(id);
      }
    };
  }

  /** Hears what changed, once per frame; of signs of life a moment later. */
  listenToChanges(listener: (changes: Changes) => void): () => void {
    this.#changes.add(listener);
    return () => this.#changes.delete(listener);
  }

  /** Takes the news in. False when they do not follow what is known: then the whole has to be asked for. */
  take(news: News): boolean {
    if (!news.whole && !news.torn && news.revision <= this.#revision) {
      return true;
    }
    if (news.torn || (!news.whole && news.since !== this.#revision)) {
      return false;
    }
    if (this.#view.live && isBeats(news)) {
      this.#revision = news.revision;
      this.#beat(news);
      return true;
    }
    const ids = new Set<string>();
    let shape = false as boolean;
    const counts = new Counting();
    const put = (workspace: OrgWorkspace) => {
      const before = this.#workspaces.get(workspace.id);
      const now = share(before, workspace);
      if (now !== before) {
        this.#workspaces.set(workspace.id, now);
        ids.add(workspace.id);
        counts.change(before?.state, now.state);
        shape ||= movesSomebody(before, now);
      }
    };
    const drop = (id: string) => {
      const before = this.#workspaces.get(id);
      if (before) {
        this.#workspaces.delete(id);
        counts.change(before.state, undefined);
        ids.add(id);
        shape = true;
      }
    };
    if (news.whole) {
      const here = new Set(news.whole.workspaces.map(({ id }) => id));
      [...this.#workspaces.keys()].filter((id) => !here.has(id)).forEach(drop);
      news.whole.workspaces.forEach(put);
    }
    news.removed.forEach(drop);
    news.changed.forEach(put);
    this.#beat(news);
    this.#revision = news.revision;
    this.#view = {
      ...this.#view,
      ...headOf(this.#view, news),
      asOf: news.asOf,
      counts: counts.added(this.#view.counts),
    };
    const before = this.#view.layout;
    if (shape) {
      // One that is ready at once is a part of these news.
      this.#taking = true;
      this.#layouter.update(this.#workspaces, this.#wishes);
      this.#taking = false;
    }
    this.#tell({ ids, layout: this.#view.layout !== before });
    return true;
  }

  /** Signs of life are known at once, and told soon. */
  #beat({ beats }: News): void {
    for (const [id, lastSeen] of beats) {
      const workspace = this.#workspaces.get(id);
      if (workspace) {
        this.#workspaces.set(id, { ...workspace, last_seen: lastSeen });
        this.#beating.add(id);
      }
    }
    if (this.#beating.size > 0) {
      this.#beatsTold ??= setTimeout(() => {
        this.#beatsTold = null;
        const ids = new Set(this.#beating);
        this.#beating.clear();
        this.#tellEach(ids);
        this.#tellChanges({ ids, layout: false });
      }, BEATS_TOLD);
    }
  }

  /** Draws it as the user wishes. */
  wish(wishes: Wishes): void {
    this.#wishes = wishes;
    this.#layouter.update(this.#workspaces, wishes);
  }

  /** Nobody looks at it any more. */
  end(): void {
    this.#layouter.end();
    if (this.#beatsTold !== null) {
      clearTimeout(this.#beatsTold);
    }
  }

  #laidOut(layout: Layout): void {
    this.#view = { ...this.#view, layout };
    if (!this.#taking) {
      this.#tell({ ids: new Set(), layout: true });
    }
  }

  #tell(changes: Changes): void {
    this.#tellEach(changes.ids);
    for (const listener of this.#whole) {
      listener();
    }
    this.#tellChanges(changes);
  }

  #tellEach(ids: ReadonlySet<string>): void {
    for (const id of ids) {
      this.#each.get(id)?.forEach((listener) => {
        listener();
      });
    }
  }

  #tellChanges(changes: Changes): void {
    for (const listener of this.#changes) {
      listener(changes);
    }
  }
}

/** Whether nothing but signs of life is told. */
function isBeats({ whole, head, changed, removed }: News): boolean {
  return whole === null && head === null && changed.size === 0 && removed.size === 0;
}

function headOf(view: OrgView, { whole, head: changed }: News): Partial<OrgView> {
  const head = changed ?? whole;
  return head
    ? {
        scope: head.scope,
        note: head.note,
        live: head.live,
        fromSnapshot: head.from_snapshot,
        speaksAs: head.speaks_as,
        keyRefused: head.key_refused,
        history: head.history,
        approvals: share(view.approvals, head.approvals),
      }
    : {};
}

/** Whether anybody's place may depend on what changed. */
function movesSomebody(before: OrgWorkspace | undefined, now: OrgWorkspace): boolean {
  return before?.parent_id !== now.parent_id || before.ours !== now.ours || before.place !== now.place;
}

/** How many came to each state and left it. */
class Counting {
  readonly #by = new Map<string, number>();

  change(from: string | undefined, to: string | undefined): void {
    if (from === to) {
      return;
    }
    if (from !== undefined) {
      this.#by.set(from, (this.#by.get(from) ?? 0) - 1);
    }
    if (to !== undefined) {
      this.#by.set(to, (this.#by.get(to) ?? 0) + 1);
    }
  }

  /** The counts with all that; the same object when nothing came of it. */
  added(counts: OrgView["counts"]): OrgView["counts"] {
    const all = new Map(Object.entries(counts));
    for (const [state, by] of this.#by) {
      all.set(state, (all.get(state) ?? 0) + by);
    }
    // A state's name is the platform's word: no object of ours may take it for one of its own.
    return this.#by.size === 0
      ? counts
      : share(counts, Object.fromEntries([...all].filter(([, count]) => count > 0)));
  }
}
