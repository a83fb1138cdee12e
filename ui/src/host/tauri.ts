// The host through the desktop shell's window process, which passes requests on to the control socket.

import { Channel, invoke } from "@tauri-apps/api/core";

import type { ApiError } from "../generated/ApiError";
import type { Arranged } from "../generated/Arranged";
import type { Arrangement } from "../generated/Arrangement";
import type { DeliveryList } from "../generated/DeliveryList";
import type { Message as Said } from "../generated/Message";
import type { Org } from "../generated/Org";
import type { OrgCalls } from "../generated/OrgCalls";
import type { OrgChange } from "../generated/OrgChange";
import type { OrgHistory } from "../generated/OrgHistory";
import type { Sent } from "../generated/Sent";
import type { Status } from "../generated/Status";
import type { Thread } from "../generated/Thread";
import type { WorkspaceDetail } from "../generated/WorkspaceDetail";
import { failureOf, HostFailure, type Host, type HostEvent } from "./host";
import { replyFailure } from "../words/failures";
import { ask, type Ask } from "./routes";

/** What the window process sends through the channel: the control API's events, and how its own link to the host is. */
type Message =
  | { event: "status"; data: Status }
  | { event: "org"; data: Org }
  | { event: "org_change"; data: OrgChange }
  | { event: "thread"; data: Thread }
  | { event: "arrangement"; data: Arranged }
  | { event: "live" }
  | { event: "lost"; data: ApiError };

/** The host of the desktop shell. */
export function tauriHost(): Host {
  return {
    subscribe(hear) {
      const channel = new Channel<Message>();
      let over = false;
      channel.onmessage = (message) => {
        const event = over ? null : hostEvent(message);
        if (event) {
          hear(event);
        }
      };
      invoke("subscribe", { channel }).catch((thrown: unknown) => {
        if (!over) {
          hear({ kind: "refused", failure: failureOf(inWords(thrown)) });
        }
      });
      return () => {
        over = true;
      };
    },
    async org(profile) {
      return (await request(ask.org(profile))) as Org;
    },
    async calls(profile) {
      return (await request(ask.calls(profile))) as OrgCalls;
    },
    async history(profile, wanted) {
      return (await request(ask.history(profile, wanted))) as OrgHistory;
    },
    async workspace(profile, id) {
      return (await request(ask.workspace(profile, id))) as WorkspaceDetail;
    },
    async say(profile, id, text) {
      return (await request(ask.say(profile, id, text))) as Said;
    },
    async rearrange(profile, change) {
      return (await request(ask.rearrange(profile, change))) as Arrangement;
    },
    async deliveries(profile, limit) {
      return (await request(ask.deliveries(profile, limit))) as DeliveryList;
    },
    async restart(profile) {
      await request(ask.restart(profile));
    },
    async start(profile) {
      await request(ask.start(profile));
    },
    async stop(profile) {
      await request(ask.stop(profile));
    },
    async send(profile, text) {
      return (await request(ask.send(profile, text))) as Sent;
    },
    async ask<Answer>(wanted: Ask<Answer>) {
      return (await request(wanted)) as Answer;
    },
  };
}

function hostEvent(message: Message): HostEvent | null {
  switch (message.event) {
    case "status":
      return { kind: "status", status: message.data };
    case "org":
      return { kind: "org", org: message.data };
    case "org_change":
      return { kind: "org_change", change: message.data };
    case "thread":
      return { kind: "thread", thread: message.data };
    case "arrangement":
      return { kind: "arrangement", arranged: message.data };
    case "live":
      return { kind: "live" };
    case "lost":
      // Until now nothing had changed, or it would have been told.
      return { kind: "lost", heard: new Date(), failure: message.data };
    default:
      // Of a newer shell.
      return null;
  }
}

async function request({ method, path, body }: Ask): Promise<unknown> {
  try {
    return await invoke("request", { method, path, body: body ?? null });
  } catch (thrown) {
    throw inWords(thrown);
  }
}

/** The command rejects with the control API's own error reply. */
function inWords(thrown: unknown): unknown {
  const failure = replyFailure(thrown);
  return failure ? new HostFailure(failure) : thrown;
}
