// What the window may ask of the host, and what it hears from it. This folder is the only place that knows the
// control API; everything else knows this file.

import type { ApiError } from "../generated/ApiError";
import type { Org } from "../generated/Org";
import type { Sent } from "../generated/Sent";
import type { Status } from "../generated/Status";

/** What the host says without being asked. `status` and `org` come whole, at once after `live` and on each change. */
export type HostEvent =
  | { kind: "status"; status: Status }
  | { kind: "org"; org: Org }
  /** The host is heard. */
  | { kind: "live" }
  /** The host is not heard any more, last at `heard`; it is tried again without being asked. */
  | { kind: "lost"; heard: Date | null; failure: ApiError }
  /** The host does not want us; it is not tried again. */
  | { kind: "refused"; failure: ApiError };

/** Ends a subscription. */
export type Unsubscribe = () => void;

/** The host. What fails throws a {@link HostFailure}. */
export interface Host {
  /** Hears events until the subscription is ended. */
  subscribe(hear: (event: HostEvent) => void): Unsubscribe;
  /** Brings a profile online. */
  start(profile: string): Promise<void>;
  /** Takes a profile out. */
  stop(profile: string): Promise<void>;
  /** Sends a text to the profile's own workspace and waits for the answer. */
  send(profile: string, text: string): Promise<Sent>;
}

/** Why the host did not do what was asked, in words for the user. */
export class HostFailure extends Error {
  override readonly name = "HostFailure";
  readonly failure: ApiError;

  constructor(failure: ApiError) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Whatever was thrown, in words for the user. */
export function failureOf(thrown: unknown): ApiError {
  if (thrown instanceof HostFailure) {
    return thrown.failure;
  }
  return {
    code: "unexpected",
    message: thrown instanceof Error ? thrown.message : String(thrown),
    next: "Try again; if it lasts, `ligand logs` may say more.",
    needs_user: false,
  };
}
