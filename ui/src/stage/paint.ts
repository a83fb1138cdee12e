// Draws a scene: teams, workspaces, edges, and how each is drawn at which distance. It keeps nothing of the org.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { TEAM_HEAD, type Place } from "../layout/arrange";
import { LEAF } from "../layout/measure";
import type { Box } from "../layout/spatial";
import { workspaceLook, type Tone } from "../words/look";
import { paintEdges } from "./paint-edges";
import type { Palette } from "./palette";
import { paintCard } from "./paint-card";
import { paintTeamHead, RADIUS } from "./paint-near";
import { Pen } from "./pen";
import type { Scene } from "./scene";

/** Whom the filter leaves out is as faint as this. */
const FAINT = 0.22;
/** From this height on, in pixels, a dot is a small card with its mark on it. */
const MARKED = 9;
/** Tones that must be seen from afar; the others are calm there. */
const LOUD: ReadonlySet<Tone> = new Set(["warn", "bad", "busy", "wait"]);
const CALM = 0.45;

/** The painter. */
export class Painter {
  readonly #context: CanvasRenderingContext2D;
  readonly #palette: Palette;
  readonly #pen: Pen;

  constructor(context: CanvasRenderingContext2D, palette: Palette) {
    this.#context = context;
    this.#palette = palette;
    this.#pen = new Pen(context, palette);
  }

  /** Draws a scene in that part of the screen, which is all that is to be seen. */
  paint(scene: Scene, part: Box): void {
    this.#pen.begin(scene.ratio);
    this.#draw(scene, part);
  }

  /** Draws one part of the screen; the rest stays as it is. */
  repaint(scene: Scene, part: Box): void {
    const context = this.#context;
    this.#pen.begin(scene.ratio);
    context.save();
    context.beginPath();
    context.rect(part.x, part.y, part.width, part.height);
    context.clip();
    this.#draw(scene, part);
    context.restore();
  }

  #draw(scene: Scene, part: Box): void {
    this.#context.clearRect(part.x, part.y, part.width, part.height);
    const lone: Place[] = [];
    for (const place of scene.visible) {
      if (place.children.length > 0) {
        this.#team(scene, place);
      } else if (!this.#covered(scene, place.id)) {
        lone.push(place);
      }
    }
    if (scene.edges.length > 0) {
      paintEdges(this.#context, this.#palette, scene, part);
    }
    if (scene.level === "dot") {
      this.#dots(scene, lone);
    } else {
      for (const place of lone) {
        this.#card(scene, place);
      }
    }
    this.#ring(scene);
  }

  /** Near by a card of the page's own shows all; else the element is there for the keyboard and the ear alone. */
  #covered({ level, cards }: Scene, id: string): boolean {
    return level === "card" && cards.has(id);
  }

  #team(scene: Scene, place: Place): void {
    const context = this.#context;
    const { x, y, width, height } = boxOnScreen(scene, place);
    const workspace = scene.workspaces.get(place.id);
    if (!workspace) {
      return;
    }
    const small = width < 40;
    const radius = small ? 0 : RADIUS * scene.camera.zoom;
    context.fillStyle = this.#palette.team;
    context.strokeStyle = workspace.ours ? this.#palette.accent : this.#palette.line;
    context.lineWidth = 1;
    if (radius < 2) {
      // On whole pixels: what lies between them is computed, and there may be a thousand of them.
      const [left, top] = [Math.round(x), Math.round(y)];
      const [wide, high] = [Math.round(x + width) - left, Math.round(y + height) - top];
      context.fillRect(left, top, wide, high);
      if (width > 12) {
        context.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1);
      }
    } else {
      this.#pen.shape(x, y, width, height, radius);
      context.fill();
      context.stroke();
    }
    if (scene.level === "card") {
      if (!this.#covered(scene, place.id)) {
        this.#faintly(isFaint(scene.states, workspace), () => {
          const look = { zoom: scene.camera.zoom, inside: place.inside };
          paintTeamHead(this.#pen, workspace, { x, y, width, height }, look);
        });
      }
    } else if (scene.level === "chip" || !small) {
      this.#teamName(scene, workspace, x, y, width);
    }
  }

  /** The head of a team that is further away: its name, and after it what it works on, or its state. */
  #teamName({ camera, states }: Scene, workspace: OrgWorkspace, x: number, y: number, width: number): void {
    const room = TEAM_HEAD * camera.zoom;
    const size = Math.round(Math.min(14, Math.max(10, 13 * camera.zoom)));
    if (room < size || width < 48) {
      return;
    }
    const { name, state, current_task: task } = workspace;
    const look = workspaceLook(state);
    const middle = y + Math.min(room / 2, 12 + size / 2);
    const [left, space] = [x + 14 + size * 0.75, width - 24 - size];
    this.#context.globalAlpha = isFaint(states, workspace) ? FAINT : 1;
    this.#pen.mark(look, x + 14, middle, size - 1, workspace.suspect);
    this.#pen.write(name, { x: left, y: middle, room: space, weight: 600, size, colour: this.#palette.text });
    const busy = task !== null && state === "online";
    const colour = busy ? this.#palette.tones.warn : this.#palette.soft;
    const after = Math.min(space, this.#pen.width(name, { size, weight: 600 })) + size;
    this.#pen.write(busy ? task : look.word, { x: left + after, y: middle, room: space - after, weight: 400, size: 10, colour });
    this.#context.globalAlpha = 1;
  }

  #dots(scene: Scene, places: readonly Place[]): void {
    const context = this.#context;
    const { camera, workspaces, states } = scene;
    const height = LEAF.height * camera.zoom;
    // One colour after the other: changing it is what costs.
    const groups = new Map<string, { tone: Tone; alpha: number; places: Place[] }>();
    for (const place of places) {
      const workspace = workspaces.get(place.id);
      if (!workspace) {
        continue;
      }
      const { tone } = workspaceLook(workspace.state);
      const faint = isFaint(states, workspace);
      const key = `${tone} ${faint}`;
      const group = groups.get(key);
      if (group) {
        group.places.push(place);
      } else {
        groups.set(key, { tone, alpha: faint ? FAINT : 1, places: [place] });
      }
    }
    const marked = height >= MARKED;
    for (const { tone, alpha, places: some } of groups.values()) {
      const loud = LOUD.has(tone);
      context.globalAlpha = alpha * (marked || loud ? 1 : CALM);
      context.fillStyle = marked ? this.#palette.surface : this.#palette.tones[tone];
      for (const { x, y, width, height: high } of some) {
        const left = Math.round(x * camera.zoom + camera.x);
        const top = Math.round(y * camera.zoom + camera.y);
        const right = Math.round((x + width) * camera.zoom + camera.x);
        const bottom = Math.round((y + high) * camera.zoom + camera.y);
        context.fillRect(left, top, Math.max(1, right - left - 1), Math.max(1, bottom - top - 1));
      }
      if (!marked) {
        continue;
      }
      const size = Math.min(12, height * 0.7);
      for (const place of some) {
        const { state = "", suspect = false } = workspaces.get(place.id) ?? {};
        const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
        const [left, top] = [x * camera.zoom + camera.x, y * camera.zoom + camera.y];
        this.#pen.mark(workspaceLook(state), left, top, size, suspect);
      }
    }
    context.globalAlpha = 1;
  }

  #card(scene: Scene, place: Place): void {
    const workspace = scene.workspaces.get(place.id);
    if (workspace) {
      const { camera, states, level } = scene;
      this.#faintly(isFaint(states, workspace), () => {
        const look = { zoom: camera.zoom, near: level === "card", inside: place.inside };
        paintCard(this.#pen, workspace, boxOnScreen(scene, place), look);
      });
    }
  }

  #faintly(faint: boolean, draw: () => void): void {
    this.#context.globalAlpha = faint ? FAINT : 1;
    draw();
    this.#context.globalAlpha = 1;
  }

  #ring(scene: Scene): void {
    const place = scene.selected === null ? undefined : scene.places.get(scene.selected);
    if (!place || this.#covered(scene, place.id)) {
      return;
    }
    const context = this.#context;
    const { x, y, width, height } = boxOnScreen(scene, place);
    context.strokeStyle = this.#palette.accent;
    context.lineWidth = 2;
    this.#pen.shape(x - 2, y - 2, width + 4, height + 4, RADIUS * scene.camera.zoom + 2);
    context.stroke();
  }
}

function boxOnScreen({ camera }: Scene, { x, y, width, height }: Box): Box {
  const { zoom } = camera;
  return { x: x * zoom + camera.x, y: y * zoom + camera.y, width: width * zoom, height: height * zoom };
}

function isFaint(states: ReadonlySet<string>, { state }: OrgWorkspace): boolean {
  return states.size > 0 && !states.has(state);
}
