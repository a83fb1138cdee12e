// The host over loopback HTTP, for a browser.

import type { Sent } from "../generated/Sent";
import { HostFailure, type Host } from "./host";
import { hostAway, hostSlow, noToken, notTheHost, replyFailure, wrongToken } from "./failures";
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
    async start(profile) {
      await request(token, ask.start(profile));
    },
    async stop(profile) {
      await request(token, ask.stop(profile));
    },
    async send(profile, text) {
      return (await request(token, ask.send(profile, text))) as Sent;
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
