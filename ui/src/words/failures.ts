// The failures that the way to the host itself can have, in words; and reading those that the host words.

import type { ApiError } from "../generated/ApiError";
import type { ErrorReply } from "../generated/ErrorReply";

const failure = (code: string, message: string, next: string, needsUser = false): ApiError => ({
  code,
  message,
  next,
  needs_user: needsUser,
});

/** Nothing answers. */
export const hostAway = failure(
  "host_away",
  "The host does not answer",
  "This page tries again by itself. If the host was stopped, `ligand up --web` starts it and prints a new address.",
);

/** The stream went silent for longer than the host's own sign of life. */
export const hostSilent = failure("host_silent", "The host went silent", "This page connects again by itself.");

/** The answer did not come in time. */
export const hostSlow = failure(
  "timeout",
  "The host did not answer in time",
  "Look into `ligand logs`, and try again.",
);

/** What answers is something else. */
export const notTheHost = failure(
  "not_the_host",
  "What answers at this address is not the host",
  "Open the address that `ligand up --web` printed.",
  true,
);

/** The page has no token. */
export const noToken = failure(
  "no_token",
  "This page was opened without its token",
  "Open the whole address that `ligand up --web` printed, with what stands behind the #.",
  true,
);

/** The token is not the host's. */
export const wrongToken = failure(
  "wrong_token",
  "The host does not know this page's token",
  "Each start of the host makes a new one: open the address that `ligand up --web` printed last.",
  true,
);

/** The failure in an answer of the host, if it has the shape of one. */
export function replyFailure(reply: unknown): ApiError | null {
  if (typeof reply !== "object" || reply === null || !("error" in reply)) {
    return null;
  }
  const { error } = reply as Partial<ErrorReply>;
  return typeof error?.message === "string" ? error : null;
}

/** What nobody foresaw. */
export const unforeseen = (message: string): ApiError =>
  failure("unexpected", message, "Try again; if it lasts, `ligand logs` may say more.");
