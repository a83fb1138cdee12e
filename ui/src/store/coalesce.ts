// The host's events, put together so that there is one commit per animation frame however many come. Signs of life
// that come alone need no frame, and nothing to wait for one with: nothing of them is seen at once, and waiting costs
// more than they do. Bounded: of each thing only the newest is kept. A hidden window has no frames, so nothing is done
// for it.

import type { Arrangement } from "../generated/Arrangement";
import type { Status } from "../generated/Status";
import type { Thread } from "../generated/Thread";
import type { HostEvent } from "../host/host";
import { wholeNews, withChange, type News } from "./news";

/** Under which name a thread is kept. */
export function threadKey(profile: string, workspace: string): string {
  return `${profile}/${workspace}`;
}

/** What came since the last frame. */
export interface Batch {
  connection?: Exclude<HostEvent, { kind: "status" | "org" | "org_change" | "thread" | "arrangement" }>;
  status?: Status;
  /** By profile. */
  orgs: Map<string, News>;
  /** By profile and workspace. */
  threads: Map<string, Thread>;
  /** By profile. */
  arrangements: Map<string, Arrangement>;
}

/** Whether nothing but signs of life is told. */
function isBeat(event: HostEvent): boolean {
  if (event.kind !== "org_change") {
    return false;
  }
  const { head, changed, removed, order } = event.change;
  return head === null && changed.length === 0 && removed.length === 0 && order === null;
}

/** Takes events; `commit` is called in the next frame with all that came until then, and for signs of life at once. */
export function coalesce(
  commit: (batch: Batch) => void,
  nextFrame: (callback: () => void) => void = requestAnimationFrame,
  hidden: () => boolean = () => document.hidden,
): (event: HostEvent) => void {
  let batch: Batch | null = null;
  const end = () => {
    const whole = batch;
    batch = null;
    if (whole) {
      commit(whole);
    }
  };
  return (event) => {
    const first = batch === null;
    const alone = first && isBeat(event) && !hidden();
    batch ??= { orgs: new Map(), threads: new Map(), arrangements: new Map() };
    if (first && !alone) {
      nextFrame(end);
    }
    switch (event.kind) {
      case "status":
        batch.status = event.status;
        break;
      case "org":
        batch.orgs.set(event.org.profile, wholeNews(event.org));
        break;
      case "org_change": {
        const { profile } = event.change;
        batch.orgs.set(profile, withChange(batch.orgs.get(profile), event.change));
        break;
      }
      case "thread":
        batch.threads.set(threadKey(event.thread.profile, event.thread.workspace), event.thread);
        break;
      case "arrangement":
        batch.arrangements.set(event.arranged.profile, event.arranged.arrangement);
        break;
      default:
        batch.connection = event;
    }
    if (alone) {
      end();
    }
  };
}
