// Keeps the layout of one org: a small org at once, a large one in a worker, so that nobody waits for it. What is asked
// while the worker is busy is asked together when it has answered.

import { arrange, NO_WISHES, type Layout, type Place, type Wishes } from "./arrange";
import type { Slots } from "./slots";
import type { Member } from "./tree";

/** An org of so many is laid out within a frame. */
const AT_ONCE = 400;

/** What the worker is told: who is there now, as far as that changed, and what is wished. */
export interface Question {
  changed: Member[];
  removed: string[];
  wishes: Wishes;
  /** The layout until now, for a worker that is new. */
  previous?: Layout;
}

/** What the worker says: the places that changed, and all in their order where that changed. */
export interface Answer {
  changed: Place[];
  order: string[] | null;
}

const NO_SLOTS: ReadonlyMap<string, Slots> = new Map();

/** The keeper. */
export class Layouter {
  readonly #done: (layout: Layout) => void;
  #layout: Layout | undefined;
  #worker: Worker | null = null;
  #busy = false;
  /** What the worker was not told yet; none when everything was. */
  #waiting: { members: ReadonlyMap<string, Member>; wishes: Wishes } | null = null;
  /** Those that the worker knows. */
  #told = new Map<string, Member>();
  /** What was wished last. */
  #wishes = NO_WISHES;

  constructor(done: (layout: Layout) => void) {
    this.#done = done;
  }

  /** Lays out anew. `members` is read at once or soon, and may change until then. */
  update(members: ReadonlyMap<string, Member>, wishes: Wishes = NO_WISHES): void {
    this.#wishes = wishes;
    // Who has a worker keeps it: it remembers the layout.
    if (!this.#worker && (members.size <= AT_ONCE || typeof Worker === "undefined")) {
      this.#layout = arrange(members.values(), this.#layout, wishes);
      this.#done(this.#layout);
      return;
    }
    this.#waiting = { members, wishes };
    this.#ask();
  }

  #ask(): void {
    const waiting = this.#waiting;
    if (!waiting || this.#busy) {
      return;
    }
    this.#waiting = null;
    this.#busy = true;
    const fresh = this.#worker === null;
    this.#worker ??= this.#hire();
    const question = this.#question(waiting.members, waiting.wishes);
    this.#worker.postMessage(fresh && this.#layout ? { ...question, previous: this.#layout } : question);
  }

  #hire(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#told.clear();
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.#busy = false;
      this.#layout = withAnswer(this.#layout, data);
      this.#done(this.#layout);
      this.#ask();
    };
    worker.onerror = () => {
      // Where there are no workers of ours it takes a little longer, and everything else is the same.
      const members = new Map(this.#told);
      this.end();
      this.#layout = arrange(members.values(), this.#layout, this.#wishes);
      this.#done(this.#layout);
    };
    return worker;
  }

  #question(members: ReadonlyMap<string, Member>, wishes: Wishes): Question {
    const changed: Member[] = [];
    for (const { id, name, ours, parent_id, place } of members.values()) {
      const told = this.#told.get(id);
      if (told?.name !== name || told.ours !== ours || told.parent_id !== parent_id || !samePoint(told.place, place)) {
        const member = { id, name, ours, parent_id, place };
        this.#told.set(id, member);
        changed.push(member);
      }
    }
    const removed = [...this.#told.keys()].filter((id) => !members.has(id));
    for (const id of removed) {
      this.#told.delete(id);
    }
    return { changed, removed, wishes };
  }

  /** Ends the worker, if there is one. */
  end(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#busy = false;
    this.#waiting = null;
  }
}

function samePoint(a: Member["place"], b: Member["place"]): boolean {
  return a?.x === b?.x && a?.y === b?.y;
}

/** The layout that comes of an answer; places that stayed are the same objects. */
export function withAnswer(layout: Layout | undefined, { changed, order }: Answer): Layout {
  const fresh = new Map(changed.map((place) => [place.id, place]));
  const places = new Map<string, Place>();
  for (const id of order ?? layout?.places.keys() ?? []) {
    const place = fresh.get(id) ?? layout?.places.get(id);
    if (place) {
      places.set(id, place);
    }
  }
  return { places, slots: NO_SLOTS };
}

/** What there is to say of the step from one layout to the next. */
export function answerOf(before: Layout | undefined, after: Layout): Answer {
  const changed = [...after.places.values()].filter((place) => before?.places.get(place.id) !== place);
  const ids = [...after.places.keys()];
  const old = before ? [...before.places.keys()] : [];
  const sameOrder = ids.length === old.length && ids.every((id, at) => id === old[at]);
  return { changed, order: sameOrder ? null : ids };
}
