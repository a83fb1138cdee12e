// What the status says of a profile, in a few words. The same words as the command line's.

import type { AgentStatus } from "../generated/AgentStatus";
import type { ExposureStatus } from "../generated/ExposureStatus";
import type { LinkStatus } from "../generated/LinkStatus";
import type { PresenceWord } from "../generated/PresenceWord";
import { count, milliseconds } from "./figures";

/** How calls come in, and how well. */
export function wayWords(exposure: ExposureStatus, link: LinkStatus): string {
  switch (exposure.kind) {
    case "poll":
      return "Fetches messages";
    case "cloudflared":
    case "ngrok":
      return exposure.address === null ? `No address of ${exposure.kind} yet` : `Through ${exposure.kind}`;
    case "url":
      return link.state === "up" ? "At a URL of yours" : "Not listening";
    default:
      // A relay, or what only a newer host knows.
      return linkWords(link);
  }
}

/** The link. */
export function linkWords({ state, verified, round_trip_ms: roundTrip }: LinkStatus): string {
  switch (state) {
    case "up":
      if (!verified) {
        return "Link not verified";
      }
      return roundTrip === null ? "Link up" : `Link up, ${milliseconds(roundTrip)}`;
    case "dialling":
      return "Dialling the relay";
    case "waiting":
      return "No link";
    case "off":
      return "Link off";
    default:
      // Of a newer host.
      return `Link ${String(state)}`;
  }
}

/** The agent. */
export function agentWords({ kind, ready, active_tasks: tasks }: AgentStatus): string {
  if (!ready) {
    return `${kind}, not ready`;
  }
  return tasks > 0 ? `${kind}, ${count(tasks, "task")}` : kind;
}

/** Whether the profile is at rest, so that starting it is what helps: then the button says Start. */
export function atRest(state: PresenceWord): boolean {
  return state === "stopped" || state === "removed" || state === "needs_user";
}
