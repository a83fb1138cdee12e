// How much of a workspace is shown, by how near one looks.

/** A whole card; its mark and name; its mark alone. */
export type Level = "card" | "chip" | "dot";

/** From here on a card's small print can be read. */
const CARD = 0.55;
/** From here on there is room for a name. */
const CHIP = 0.2;

/** The level at that zoom. */
export function levelOf(zoom: number): Level {
  if (zoom >= CARD) {
    return "card";
  }
  return zoom >= CHIP ? "chip" : "dot";
}
