// The requests of the control API that the window makes, the same for both ways to the host.

import type { SendText } from "../generated/SendText";

/** One request. */
export interface Ask {
  method: "GET" | "POST";
  path: string;
  body?: SendText;
  /** How long the answer may take, in milliseconds: a little more than the host's own deadline for the route. */
  deadline: number;
}

/** Starting and stopping may ask platform and keychain: the host gives up after 60 s. */
const ASKS_OTHERS = 65_000;
/** An agent may think for minutes: the host gives up after 150 s. */
const AGENT_THINKS = 155_000;

const of = (profile: string) => `/v1/profiles/${encodeURIComponent(profile)}`;

/** The stream of events, for the way that reads it by itself. */
export const EVENTS = "/v1/events";

export const ask = {
  start: (profile: string): Ask => ({ method: "POST", path: `${of(profile)}/start`, deadline: ASKS_OTHERS }),
  stop: (profile: string): Ask => ({ method: "POST", path: `${of(profile)}/stop`, deadline: ASKS_OTHERS }),
  send: (profile: string, text: string): Ask => ({
    method: "POST",
    path: `${of(profile)}/send`,
    body: { text },
    deadline: AGENT_THINKS,
  }),
};
