// The lines of a workspace's card, and of a team's head, where they are near enough to be read: the same as those of
// their elements in the same places, so that nothing jumps when the one takes the place of the other.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import type { Box } from "../layout/spatial";
import { canvasWords } from "../words/canvas";
import { count } from "../words/figures";
import { workspaceLook } from "../words/look";
import { cardLines, type CardLines } from "../words/workspace";
import type { Label, Palette } from "./palette";
import type { Pen, Writing } from "./pen";

/** Corners of a card, in the org's own units, as in `workspace-node.css`. */
export const RADIUS = 10;
/** The badge of who runs elsewhere. */
export const REMOTE = "★ REMOTE";
/** Sizes of writing in the org's own units, as in `workspace-card.css`. */
const SIZE = { name: 13, words: 11, small: 10, badge: 9 };
/** Where lines lie, in the same units: the room at both sides, the middles of the first lines and of a foot's from below,
 *  from one line to the next, between two labels of one line and between others, and what a team's button takes. */
const LINE = { side: 13, head: 20.75, role: 41, more: 60, teamMore: 62, foot: 18, next: 15, strip: 21, gap: 4, apart: 8, button: 34 };
/** The highest tier that has a colour of its own. */
const TIERS = 4;

/** How it is drawn. */
export interface NearLook {
  zoom: number;
  /** How many stand right inside it. */
  inside: number;
}

/** The lines of a card in that box of the screen. */
export function paintNear(pen: Pen, workspace: OrgWorkspace, box: Box, look: NearLook): void {
  const { palette } = pen;
  const { x, y, width, height } = box;
  const at = (units: number) => units * look.zoom;
  const [left, right] = [x + at(LINE.side), x + width - at(LINE.side)];
  paintHead(pen, workspace, box, look);
  const words = { x: left, room: right - left, weight: 400, size: at(SIZE.words), grows: true } as const;
  const lines = cardLines(workspace);
  if (workspace.role !== null) {
    pen.write(workspace.role, { ...words, y: y + at(LINE.role), colour: palette.soft });
  }
  let line = y + at(workspace.role === null ? LINE.role : LINE.more);
  if (lines.skills.length > 0) {
    paintSkills(pen, lines, workspace.state, { x: left, y: line, end: right, zoom: look.zoom });
    line += at(LINE.strip);
  }
  for (const [kind, text] of lines.strips) {
    pen.label(text, { ...words, y: line }, palette[kind], words.room);
    line += at(LINE.strip);
  }
  const foot = y + height - at(LINE.foot);
  const room = right - left - paintBadge(pen, workspace, right, foot, look.zoom);
  if (lines.quiet !== null) {
    pen.write(lines.quiet, { ...words, y: foot, room, colour: palette.soft });
  }
  const first = lines.quiet === null ? foot : foot - at(LINE.next);
  pen.write(stateOf(workspace), { ...words, y: first, room, colour: palette.text });
  if (workspace.ours) {
    const flag = { x: left, y, room: right - left, weight: 600, size: at(SIZE.small), grows: true } as const;
    pen.label(canvasWords.laptop, flag, palette.flag);
  }
}

/** The lines of a team's head in that box of the screen. */
export function paintTeamHead(pen: Pen, workspace: OrgWorkspace, box: Box, look: NearLook): void {
  const { palette } = pen;
  const { x, y, width } = box;
  const at = (units: number) => units * look.zoom;
  const [left, right] = [x + at(LINE.side), x + width - at(LINE.side)];
  paintHead(pen, workspace, box, look);
  const letters = { weight: 400, size: at(SIZE.words), grows: true } as const;
  const middle = y + at(LINE.role);
  const { quiet, strips, skills, more } = cardLines(workspace);
  let end = right - paintBadge(pen, workspace, right, middle, look.zoom);
  for (const [text, colour] of [[quiet, palette.soft] as const, [stateOf(workspace), palette.text] as const]) {
    if (text !== null) {
      const wide = pen.width(text, letters);
      // Measured and written are not the same to the last part of a pixel.
      pen.write(text, { ...letters, x: end - wide, y: middle, room: wide * 1.1, colour });
      end -= wide + at(LINE.apart);
    }
  }
  if (workspace.role !== null) {
    pen.write(workspace.role, { ...letters, x: left, y: middle, room: end - left, colour: palette.soft });
  }
  const last = { y: y + at(LINE.teamMore), end: right - at(LINE.button), zoom: look.zoom };
  let next = paintSkills(pen, { skills, more }, workspace.state, { ...last, x: left });
  for (const [kind, text] of strips) {
    next += pen.label(text, { ...letters, x: next, y: last.y, room: last.end - next }, palette[kind]) + at(LINE.gap);
  }
}

/** The colour of a tier. */
export function tierOf({ tiers, soft }: Palette, tier: number): string {
  return tiers[Math.min(Math.max(tier, 1), TIERS) - 1] ?? soft;
}

/** Mark and name, and at the other end how many stand inside and the tier. */
function paintHead(pen: Pen, workspace: OrgWorkspace, { x, y, width }: Box, { zoom, inside }: NearLook): void {
  const { palette } = pen;
  const { name, state, tier, suspect } = workspace;
  const at = (units: number) => units * zoom;
  const [left, middle] = [x + at(LINE.side), y + at(LINE.head)];
  const small = { weight: 600, size: at(SIZE.small), grows: true, y: middle } as const;
  let end = x + width - at(LINE.side);
  if (tier !== null) {
    const colours = { fill: palette.fill, text: tierOf(palette, tier) };
    end -= labelEnding(pen, `T${tier}`, { ...small, x: end }, colours) + at(LINE.apart);
  }
  if (inside > 0) {
    end -= labelEnding(pen, canvasWords.inside(inside), { ...small, x: end }, palette.remote) + at(LINE.apart);
  }
  pen.mark(workspaceLook(state), left + at(6), middle, at(12), suspect);
  const begin = left + at(20);
  pen.write(name, { x: begin, y: middle, room: end - begin, weight: 600, size: at(SIZE.name), grows: true, colour: palette.text });
}

/** The first skills as labels in one line; where the next label begins. */
function paintSkills(
  pen: Pen,
  { skills, more }: Pick<CardLines, "skills" | "more">,
  state: string,
  { x, y, end, zoom }: { x: number; y: number; end: number; zoom: number },
): number {
  const writing = { y, weight: 400, size: SIZE.small * zoom, grows: true } as const;
  const colours = state === "online" ? pen.palette.good : pen.palette.plain;
  let next = x;
  for (const label of more > 0 ? [...skills, `+${more}`] : skills) {
    next += pen.label(label, { ...writing, x: next, room: end - next }, colours) + LINE.gap * zoom;
  }
  return next;
}

/** The badge of who runs elsewhere, which ends there; how much room it takes. */
function paintBadge(pen: Pen, { remote }: OrgWorkspace, end: number, y: number, zoom: number): number {
  const letters = { weight: 600, size: SIZE.badge * zoom, grows: true } as const;
  return remote ? labelEnding(pen, REMOTE, { ...letters, x: end, y }, pen.palette.remote) + LINE.apart * zoom : 0;
}

/** A label that ends at x; its width. */
function labelEnding(pen: Pen, text: string, writing: Omit<Writing, "room" | "colour">, colours: Label): number {
  const room = pen.labelWidth(text, writing);
  return pen.label(text, { ...writing, x: writing.x - room, room }, colours);
}

function stateOf({ state, active_tasks: tasks }: OrgWorkspace): string {
  const { word } = workspaceLook(state);
  return tasks > 0 ? `${word} · ${count(tasks, "task")}` : word;
}
