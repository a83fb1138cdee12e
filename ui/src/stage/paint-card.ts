// Draws one workspace that nobody stands in, or that is collapsed: near by the same lines as its card has as an element,
// further away as many of them as there is room for.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import type { Box } from "../layout/spatial";
import { workspaceLook } from "../words/look";
import { paintNear, RADIUS, REMOTE, tierOf, type NearLook } from "./paint-near";
import type { Pen } from "./pen";

/** The size of a chip's name, of what stands below it, and of the smallest print, in pixels. */
const CHIP = { name: 11, words: 10, small: 9 };
/** From these widths on, in pixels, a chip has room for the star and for the word REMOTE, from these heights on for words
 *  and for skills; beside its name the tier takes so much. */
const ROOM = { star: 70, remote: 118, words: 40, skills: 50, tier: 20 };
/** As on the platform's own canvas. */
const SKILLS = 4;

/** How it is drawn. */
export interface CardLook extends NearLook {
  /** Near enough for the whole card. */
  near: boolean;
}

/** Draws it in that box of the screen. */
export function paintCard(pen: Pen, workspace: OrgWorkspace, box: Box, look: CardLook): void {
  const { context, palette } = pen;
  const { x, y, width, height } = box;
  context.fillStyle = palette.surface;
  context.strokeStyle = workspace.ours ? palette.accent : palette.line;
  context.lineWidth = workspace.ours ? 2 : 1;
  pen.shape(x, y, width, height, RADIUS * look.zoom);
  context.fill();
  context.stroke();
  if (look.near) {
    paintNear(pen, workspace, box, look);
  } else {
    paintChip(pen, workspace, box, look.zoom);
  }
}

function paintChip(pen: Pen, workspace: OrgWorkspace, { x, y, width, height }: Box, zoom: number): void {
  const { palette } = pen;
  const { name, state, remote, ours, tier, current_task: task, error, skills } = workspace;
  const look = workspaceLook(state);
  const inset = Math.max(6, 12 * zoom);
  const [left, right] = [x + inset, x + width - inset];
  const worded = height > ROOM.words;
  const line = y + (height > 34 ? Math.min(height / 2, 16) : height / 2);
  const remoteInWords = remote && worded && width > ROOM.remote;
  let end = right;
  if (remote && !remoteInWords && width > ROOM.star) {
    end -= written(pen, "★", end, line, palette.remote.text);
  }
  pen.mark(look, left + 4.5, line, 9, workspace.suspect);
  const begin = left + 9 + Math.max(4, 8 * zoom);
  // The name is worth more.
  if (tier !== null && pen.width(name, { size: CHIP.name, weight: 600 }) + ROOM.tier < end - begin) {
    end -= written(pen, `T${tier}`, end, line, tierOf(palette, tier));
  }
  pen.write(name, { x: begin, y: line, room: end - begin, weight: 600, size: CHIP.name, colour: palette.text });
  if (!worded) {
    return;
  }
  const foot = y + height - 12;
  const last = remoteInWords ? right - written(pen, REMOTE, right, foot, palette.remote.text) : right;
  // What is wrong, and what it works on, say more than that it is online.
  const busy = state === "online" && task !== null;
  const word = ours ? `${look.word} · this laptop` : look.word;
  const colour = error ? palette.tones.bad : busy ? palette.tones.warn : palette.soft;
  const words = { x: left, y: foot, room: last - left, weight: 400, size: CHIP.words, colour } as const;
  pen.write(error ?? (busy ? task : word), words);
  if (height > ROOM.skills && skills.length > 0) {
    const text = skills.slice(0, SKILLS).join(" · ");
    const middle = (line + foot) / 2;
    pen.write(text, { x: left, y: middle, room: right - left, weight: 400, size: CHIP.small, colour: palette.soft });
  }
}

/** Small print that ends there; its width, with a space before it. */
function written(pen: Pen, text: string, end: number, y: number, colour: string): number {
  const width = pen.width(text, { size: CHIP.small, weight: 600 });
  // Measured and written are not the same to the last part of a pixel.
  pen.write(text, { x: end - width, y, room: width + CHIP.small, weight: 600, size: CHIP.small, colour });
  return width + 4;
}
