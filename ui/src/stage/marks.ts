// Which workspaces are hovered, selected, or have the keyboard, and who had it last.

import type { Layout } from "../layout/arrange";

/** The marked ones. */
export interface Marked {
  hovered: string | null;
  selected: string | null;
  focused: string | null;
}

/** The marks. */
export class Marks {
  #now: Marked = { hovered: null, selected: null, focused: null };
  #last: string | null = null;
  #team: string | null = null;

  get now(): Marked {
    return this.#now;
  }

  /** Marks others; what is not named stays. True when anything is different. */
  change(marks: Partial<Marked>, { places }: Layout): boolean {
    const before = this.#now;
    this.#now = { ...before, ...marks };
    this.#last = marks.focused ?? this.#last;
    this.#team = places.get(this.#last ?? "")?.parent ?? null;
    return (
      before.hovered !== this.#now.hovered ||
      before.selected !== this.#now.selected ||
      before.focused !== this.#now.focused
    );
  }

  /** Who had the keyboard last, if it is still there. */
  last({ places }: Layout): string | null {
    return this.#last !== null && places.has(this.#last) ? this.#last : null;
  }

  /** Who has the keyboard when the one that had it is gone: the team that stood around it, if that is there. */
  heir({ places }: Layout): string | null {
    return this.#team !== null && places.has(this.#team) ? this.#team : null;
  }
}
