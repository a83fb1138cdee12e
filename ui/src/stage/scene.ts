// What there is to draw in a frame.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import type { Place } from "../layout/arrange";
import type { Camera } from "./camera";
import type { Level } from "./level";

/** Who spoke to whom. */
export interface Edge {
  from: string;
  to: string;
  /** Within the last minutes. */
  fresh: boolean;
  /** What is written on it. */
  words: string;
}

/** The scene. */
export interface Scene {
  camera: Camera;
  /** Pixels of the device in one of the page. */
  ratio: number;
  level: Level;
  places: ReadonlyMap<string, Place>;
  workspaces: ReadonlyMap<string, OrgWorkspace>;
  /** Those to draw, parents first. */
  visible: readonly Place[];
  /** Those that the page shows by a whole card, where they are near enough; only what lies under it is drawn. */
  cards: ReadonlySet<string>;
  /** States that are shown; all where there are none. */
  states: ReadonlySet<string>;
  selected: string | null;
  edges: readonly Edge[];
}
