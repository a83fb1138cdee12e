// Which workspaces have an element of the page: all in sight while these are not too many, else only those that are
// hovered, selected or have the keyboard. Everything else is drawn. They come and go a few in a frame, because each costs
// far more than to be drawn, and the drawn layer shows them meanwhile. Pure.

import type { Place } from "../layout/arrange";
import type { Level } from "./level";

/** From more than so many in sight on, they are drawn alone: with 1,000 elements a frame of zooming takes 40 times as long. */
const MOST = 250;
/**
 * While the view stands still so many come in a frame, and so many go; a whole card is as much as ten of the others, and
 * to let go of its lines is a fourth of that.
 */
const COME: Readonly<Record<Level, number>> = { card: 5, chip: 50, dot: 50 };
const GO = 100;
const LET_GO = 20;

/** What is asked. */
export interface Wanted {
  /** In sight, parents first. */
  visible: readonly Place[];
  /** Those that have one wherever they are. */
  special: readonly Place[];
  /** Those that have one now and are still in the org. */
  now: ReadonlySet<string>;
  /** Those of them that are whole cards. */
  cards: ReadonlySet<string>;
  level: Level;
  /** Whether the view moves. */
  moving: boolean;
  /** Whether all have to be there at once, because nothing is drawn meanwhile. */
  atOnce: boolean;
}

/** Who has one from now on. */
export interface Chosen {
  /** Parents first as far as they are in sight. */
  ids: Set<string>;
  /** Those of them that are whole cards; what the others would say is drawn. */
  cards: Set<string>;
  /** Whether some have to wait for the next frame. */
  more: boolean;
}

/** Who has one. While the view moves nobody comes and nobody goes, and cards stay cards. */
export function elementsOf(asked: Wanted): Chosen {
  const { visible, special, now, cards, level, moving, atOnce } = asked;
  const pinned = special.map(({ id }) => id);
  if (moving && !atOnce) {
    const near = level === "card" ? pinned : [];
    return { ids: new Set([...now, ...pinned]), cards: new Set([...cards, ...near]), more: false };
  }
  const wanted = visible.length <= MOST ? visible.map(({ id }) => id) : [];
  const fresh = wanted.filter((id) => !now.has(id));
  const welcome = new Set(atOnce ? fresh : fresh.slice(0, COME[level]));
  const stay = new Set([...wanted, ...pinned]);
  const leaving = [...now].filter((id) => !stay.has(id));
  const last = atOnce ? [] : leaving.slice(GO);
  const ids = new Set([...wanted.filter((id) => now.has(id) || welcome.has(id)), ...last, ...pinned]);
  const made = cardsAmong(ids, asked);
  return { ids, cards: made.cards, more: welcome.size < fresh.length || last.length > 0 || made.more };
}

/** Which of these are whole cards, a few more or less than before. */
function cardsAmong(ids: ReadonlySet<string>, { cards, level, atOnce }: Wanted): Pick<Chosen, "cards" | "more"> {
  const are = [...ids].filter((id) => cards.has(id));
  if (level !== "card") {
    const rest = atOnce ? [] : are.slice(LET_GO);
    return { cards: new Set(rest), more: rest.length > 0 };
  }
  const others = [...ids].filter((id) => !cards.has(id));
  const become = atOnce ? others : others.slice(0, COME.card);
  return { cards: new Set([...are, ...become]), more: become.length < others.length };
}
