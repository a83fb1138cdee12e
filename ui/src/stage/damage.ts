// What has to be drawn in the next frame, and whether a change of a workspace is one that is seen when it is drawn.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { silence } from "../words/workspace";

/** From so many changed places on, all is drawn in one go. */
const MANY = 150;

/** The damage since the last frame. */
export class Damage {
  all = false;
  camera = false;
  /** Which workspaces have elements. */
  elements = false;
  readonly #parts = new Set<string>();
  #drawn: ReadonlyMap<string, OrgWorkspace> = new Map();
  readonly #since = new Map<string, OrgWorkspace>();

  /** All of these are drawn as they are now. */
  know(workspaces: ReadonlyMap<string, OrgWorkspace>): void {
    this.#drawn = new Map(workspaces);
    this.#since.clear();
    this.all = true;
  }

  /** Notes those of the changed whose drawing is another: a sign of life is not drawn. */
  add(ids: ReadonlySet<string>, workspaces: ReadonlyMap<string, OrgWorkspace>): void {
    for (const id of ids) {
      const now = workspaces.get(id);
      if (!now) {
        continue;
      }
      const before = this.#since.get(id) ?? this.#drawn.get(id);
      this.#since.set(id, now);
      if (!before || !looksLike(before, now)) {
        this.#parts.add(id);
      }
    }
    this.all ||= this.#parts.size > MANY;
  }

  /** Draws these anew, whatever has become of them. */
  redraw(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#parts.add(id);
    }
    this.all ||= this.#parts.size > MANY;
  }

  /** Whether there is any. */
  get any(): boolean {
    return this.all || this.camera || this.elements || this.#parts.size > 0;
  }

  /** Whether others may have elements now. */
  get choice(): boolean {
    return this.all || this.camera || this.elements;
  }

  /** The damage, which is none from now on. */
  take(): { all: boolean; parts: readonly string[] } {
    const taken = { all: this.all, parts: [...this.#parts] };
    this.#parts.clear();
    this.all = this.camera = this.elements = false;
    return taken;
  }
}

function looksLike(before: OrgWorkspace, now: OrgWorkspace): boolean {
  return (
    before.name === now.name &&
    before.role === now.role &&
    before.state === now.state &&
    before.ours === now.ours &&
    before.remote === now.remote &&
    before.tier === now.tier &&
    before.current_task === now.current_task &&
    before.active_tasks === now.active_tasks &&
    before.error === now.error &&
    before.suspect === now.suspect &&
    silence(before) === silence(now) &&
    before.skills.join("\n") === now.skills.join("\n")
  );
}
