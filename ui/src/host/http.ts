// The host over loopback HTTP, for a browser.

import type { Arrangement } from "../generated/Arrangement";
import type { DeliveryList } from "../generated/DeliveryList";
import type { Message } from "../generated/Message";
import type { Org } from "../generated/Org";
import type { OrgCalls } from "../generated/OrgCalls";
import type { OrgHistory } from "../generated/OrgHistory";
import type { Sent } from "../generated/Sent";
import type { WorkspaceDetail } from "../generated/WorkspaceDetail";
import { HostFailure, type Host } from "./host";
import { hostAway, hostSlow, noToken, notTheHost, replyFailure, wrongToken } from "../words/failures";
import { followEvents } from "./http-events";
import { ask, type Ask } from "./routes";

/** The host that served this page; `token` is what {@link takeToken} found. */
export function httpHost(token: string | null): Host {
  return {
    subscribe(hear) {
      if (token === null) {
        hear({ kind: "refused", failure: noToken });
        return () => undefined;
      }
      return followEvents(token, hear);
    },
    async org(profile) {
      return (await request(token, ask.org(profile))) as Org;
    },
    async calls(profile) {
      return (await request(token, ask.calls(profile))) as OrgCalls;
    },
    async history(profile, wanted) {
      return (await request(token, ask.history(profile, wanted))) as OrgHistory;
    },
    async workspace(profile, id) {
      return (await request(token, ask.workspace(profile, id))) as WorkspaceDetail;
    },
    async say(profile, id, text) {
      return (await request(token, ask.say(profile, id, text))) as Message;
    },
    async rearrange(profile, change) {
      return (await request(token, ask.rearrange(profile, change))) as Arrangement;
    },
    async deliveries(profile, limit) {
      return (await request(token, ask.deliveries(profile, limit))) as DeliveryList;
    },
    async restart(profile) {
      await request(token, ask.restart(profile));
    },
    async start(profile) {
      await request(token, ask.start(profile));
    },
    async stop(profile) {
      await request(token, ask.stop(profile));
    },
    async send(profile, text) {
      return (await request(token, ask.send(profile, text))) as Sent;
    },
    async ask<Answer>(wanted: Ask<Answer>) {
      return (await request(token, wanted)) as Answer;
    },
  };
}

async function request(token: string | null, { method, path, body, deadline }: Ask): Promise<unknown> {
  if (token === null) {
    throw new HostFailure(noToken);
  }
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  if (body) {
    headers["Content-Type"] = "application/json";
  }
  const signal = AbortSignal.timeout(deadline);
  let response: Response;
  let reply: unknown;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      cache: "no-store",
      signal,
    });
    reply = await response.json().catch((thrown: unknown) => {
      if (thrown instanceof SyntaxError) {
        return null;
      }
      throw thrown;
    });
  } catch {
    throw new HostFailure(signal.aborted ? hostSlow : hostAway);
  }
  if (response.status === 401) {
    throw new HostFailure(wrongToken);
  }
  if (!response.ok || reply === null) {
    throw new HostFailure(replyFailure(reply) ?? notTheHost);
  }
  return reply;
}
