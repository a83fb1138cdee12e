// The colours of the drawn Canvas: the page's tokens, read when the scheme changes and not in a frame.

import type { Tone } from "../words/look";

const TONES: readonly Tone[] = ["good", "quiet", "rest", "warn", "bad", "busy", "wait"];

/** A ground and what is written on it. */
export interface Label {
  fill: string;
  text: string;
}

/** The tokens that are drawn with. */
export interface Palette {
  surface: string;
  team: string;
  line: string;
  text: string;
  soft: string;
  accent: string;
  focus: string;
  edge: string;
  edgeFresh: string;
  fill: string;
  /** Skills, of who is online and of others; what it works on; what is wrong; the badge of who runs elsewhere;
   *  the flag of this laptop. */
  good: Label;
  plain: Label;
  task: Label;
  error: Label;
  remote: Label;
  flag: Label;
  /** The first tier's first. */
  tiers: readonly string[];
  family: string;
  tones: Readonly<Record<Tone, string>>;
}

/** The palette as the element's tokens say. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim() || "#808080";
  const label = (name: string) => ({ fill: token(`${name}-fill`), text: token(`${name}-text`) });
  return {
    surface: token("surface"),
    team: token("surface-team"),
    line: token("line"),
    text: token("text"),
    soft: token("text-soft"),
    accent: token("accent"),
    focus: token("focus"),
    edge: token("map-team-line"),
    edgeFresh: token("wait"),
    fill: token("fill"),
    good: label("good"),
    plain: { fill: token("fill"), text: token("text-soft") },
    task: label("warn"),
    error: label("bad"),
    remote: label("remote"),
    flag: { fill: token("accent-strong"), text: token("on-accent") },
    tiers: [1, 2, 3, 4].map((tier) => token(`tier-${tier}`)),
    family: token("family"),
    tones: Object.fromEntries(TONES.map((tone) => [tone, token(tone)])) as Record<Tone, string>,
  };
}
