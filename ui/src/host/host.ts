// What the window may ask of the host, and what it hears from it. This folder is the only place that knows the
// control API; everything else knows this file.

import type { ApiError } from "../generated/ApiError";
import type { Arranged } from "../generated/Arranged";
import type { Arrangement } from "../generated/Arrangement";
import type { DeliveryList } from "../generated/DeliveryList";
import type { Message } from "../generated/Message";
import type { Org } from "../generated/Org";
import type { OrgCalls } from "../generated/OrgCalls";
import type { OrgChange } from "../generated/OrgChange";
import type { OrgHistory } from "../generated/OrgHistory";
import type { Rearrange } from "../generated/Rearrange";
import type { Sent } from "../generated/Sent";
import type { Status } from "../generated/Status";
import type { Thread } from "../generated/Thread";
import type { WorkspaceDetail } from "../generated/WorkspaceDetail";
import type { Ask } from "./routes";
import { unforeseen } from "../words/failures";

/**
 * What the host says without being asked. `status` and `org` come whole, at once after `live`; `status` on each change
 * too, and of an org only what changed.
 */
export type HostEvent =
  | { kind: "status"; status: Status }
  | { kind: "org"; org: Org }
  | { kind: "org_change"; change: OrgChange }
  /** What was said between us and one workspace, whole, at once after `live` and on each change. */
  | { kind: "thread"; thread: Thread }
  /** How a Canvas is arranged on this laptop, likewise. */
  | { kind: "arrangement"; arranged: Arranged }
  /** The host is heard. */
  | { kind: "live" }
  /** The host is not heard any more, last at `heard`; it is tried again without being asked. */
  | { kind: "lost"; heard: Date | null; failure: ApiError }
  /** The host does not want us; it is not tried again. */
  | { kind: "refused"; failure: ApiError };

/** Which changes of states are wanted. */
export interface HistoryWanted {
  /** Those with a higher number. */
  after?: number;
  /** Of this workspace alone. */
  workspace?: string;
  /** At most so many, the newest. */
  limit: number;
}

/** Ends a subscription. */
export type Unsubscribe = () => void;

/** The host. What fails throws a {@link HostFailure}. */
export interface Host {
  /** Hears events until the subscription is ended. */
  subscribe(hear: (event: HostEvent) => void): Unsubscribe;
  /** The whole org of a profile, for who missed a change. */
  org(profile: string): Promise<Org>;
  /** Who spoke to whom in a profile's org within the last hour. */
  calls(profile: string): Promise<OrgCalls>;
  /** What became of the states in a profile's org since the host started. */
  history(profile: string, wanted: HistoryWanted): Promise<OrgHistory>;
  /** Everything about one workspace. */
  workspace(profile: string, id: string): Promise<WorkspaceDetail>;
  /** Says something to a workspace; what becomes of it is told by its thread as well. */
  say(profile: string, id: string, text: string): Promise<Message>;
  /** Changes how a profile's Canvas is arranged on this laptop. */
  rearrange(profile: string, change: Rearrange): Promise<Arrangement>;
  /** The last deliveries of a profile, oldest first. */
  deliveries(profile: string, limit: number): Promise<DeliveryList>;
  /** Takes a profile out and brings it online again. */
  restart(profile: string): Promise<void>;
  /** Brings a profile online. */
  start(profile: string): Promise<void>;
  /** Takes a profile out. */
  stop(profile: string): Promise<void>;
  /** Sends a text to the profile's own workspace and waits for the answer. */
  send(profile: string, text: string): Promise<Sent>;
  /** Asks for one of the other things that stand in `routes.ts`. */
  ask<Answer>(wanted: Ask<Answer>): Promise<Answer>;
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
  return unforeseen(thrown instanceof Error ? thrown.message : String(thrown));
}
