// The host's events, put together so that there is one commit per animation frame however many come. Bounded: of
// each thing only the newest is kept. A hidden window has no frames, so nothing is done for it.

import type { Org } from "../generated/Org";
import type { Status } from "../generated/Status";
import type { HostEvent } from "../host/host";

/** What came since the last frame. */
export interface Batch {
  connection?: Exclude<HostEvent, { kind: "status" | "org" }>;
  status?: Status;
  /** By profile. */
  orgs: Map<string, Org>;
}

/** Takes events; `commit` is called in the next frame with all that came until then. */
export function coalesce(
  commit: (batch: Batch) => void,
  nextFrame: (callback: () => void) => void = requestAnimationFrame,
): (event: HostEvent) => void {
  let batch: Batch | null = null;
  return (event) => {
    if (!batch) {
      batch = { orgs: new Map() };
      nextFrame(() => {
        const whole = batch;
        batch = null;
        if (whole) {
          commit(whole);
        }
      });
    }
    switch (event.kind) {
      case "status":
        batch.status = event.status;
        break;
      case "org":
        batch.orgs.set(event.org.profile, event.org);
        break;
      default:
        batch.connection = event;
    }
  };
}
