// The host's events over HTTP: one stream that is read with fetch, because an EventSource cannot send the token.
// States: connecting → live → lost → (wait) → connecting …, or refused, which is the end.

import type { ApiError } from "../generated/ApiError";
import type { Arranged } from "../generated/Arranged";
import type { Org } from "../generated/Org";
import type { OrgChange } from "../generated/OrgChange";
import type { Status } from "../generated/Status";
import type { Thread } from "../generated/Thread";
import { failureOf, HostFailure, type HostEvent, type Unsubscribe } from "./host";
import { hostAway, hostSilent, notTheHost, replyFailure, wrongToken } from "../words/failures";
import { pause, retryDelay } from "./retry";
import { EVENTS } from "./routes";
import { SseReader, type SseEvent } from "./sse";

/** The host says every 15 s that it is alive: after three of these it is not. In milliseconds. */
const SILENCE = 45_000;

/** The first event comes at once, so a host that has not begun to answer by then is stuck. In milliseconds. */
const OPENING = 10_000;

/** How the stream ended for good. */
class Refused extends HostFailure {}

/** Follows the events until told to stop. */
export function followEvents(token: string, hear: (event: HostEvent) => void): Unsubscribe {
  const stop = new AbortController();
  void follow(token, hear, stop.signal);
  return () => {
    stop.abort();
  };
}

async function follow(token: string, hear: (event: HostEvent) => void, stop: AbortSignal): Promise<void> {
  let heard: Date | null = null;
  for (let attempt = 0; !stop.aborted; attempt++) {
    let failure: ApiError = hostAway;
    try {
      for await (const events of stream(token, stop)) {
        heard = new Date();
        attempt = 0;
        for (const event of events) {
          hear(event);
        }
      }
    } catch (thrown) {
      failure = failureOf(thrown);
      if (thrown instanceof Refused) {
        hear({ kind: "refused", failure });
        return;
      }
    }
    if (isOver(stop)) {
      return;
    }
    hear({ kind: "lost", heard, failure });
    await pause(retryDelay(attempt), stop);
  }
}

/** Asked through a function, because the signal changes while something is awaited. */
const isOver = (signal: AbortSignal) => signal.aborted;

/** One connection: what each piece brings, beginning with `live`. Throws a failure, or ends with the stream. */
async function* stream(token: string, stop: AbortSignal): AsyncGenerator<HostEvent[]> {
  const over = new AbortController();
  const end = () => {
    over.abort();
  };
  let watch = setTimeout(end, OPENING);
  stop.addEventListener("abort", end);
  try {
    const pieces = (await open(token, over.signal)).pipeThrough(new TextDecoderStream()).getReader();
    yield [{ kind: "live" }];
    const reader = new SseReader();
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) {
        return;
      }
      clearTimeout(watch);
      watch = setTimeout(end, SILENCE);
      yield reader.push(value).flatMap(hostEvent);
    }
  } catch (thrown) {
    if (thrown instanceof HostFailure) {
      throw thrown;
    }
    if (thrown instanceof SyntaxError || thrown instanceof RangeError) {
      throw new HostFailure(notTheHost);
    }
    throw new HostFailure(over.signal.aborted && !stop.aborted ? hostSilent : hostAway);
  } finally {
    clearTimeout(watch);
    stop.removeEventListener("abort", end);
    over.abort();
  }
}

async function open(token: string, signal: AbortSignal): Promise<ReadableStream<BufferSource>> {
  const response = await fetch(EVENTS, {
    headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
    cache: "no-store",
    signal,
  });
  if (response.status === 401) {
    throw new Refused(wrongToken);
  }
  const type = response.headers.get("Content-Type") ?? "";
  if (response.ok && response.body && type.startsWith("text/event-stream")) {
    return response.body;
  }
  const failure = replyFailure(await response.json().catch(() => null)) ?? notTheHost;
  throw response.status === 403 ? new Refused(failure) : new HostFailure(failure);
}

/** Events with other names are of a newer host. */
function hostEvent({ name, data }: SseEvent): HostEvent[] {
  switch (name) {
    case "status":
      return [{ kind: "status", status: JSON.parse(data) as Status }];
    case "org":
      return [{ kind: "org", org: JSON.parse(data) as Org }];
    case "org_change":
      return [{ kind: "org_change", change: JSON.parse(data) as OrgChange }];
    case "thread":
      return [{ kind: "thread", thread: JSON.parse(data) as Thread }];
    case "arrangement":
      return [{ kind: "arrangement", arranged: JSON.parse(data) as Arranged }];
    default:
      return [];
  }
}
