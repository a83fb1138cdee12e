// Which screen the address names: `#/logs`, `#/workspace/ID` … The shell and links open screens by it. What does not
// name one leads to the Canvas, so that an old or a hostile link does nothing.

import { useSyncExternalStore } from "react";

/** A screen, with what it is to begin with. */
export type Route =
  /** The Canvas, on that workspace if one is named. */
  | { screen: "canvas"; workspace: string | null }
  | { screen: "inspector" | "health" | "about" }
  /** The logs: of the host, or what concerns that profile. */
  | { screen: "logs"; profile: string | null }
  /** The settings: of the whole host, or of that profile. */
  | { screen: "settings"; profile: string | null }
  /** Adding a workspace; a link may have brought platform and workspace, as text that nobody vouches for. */
  | { screen: "welcome"; platform: string | null; workspace: string | null };

/** A screen's name. */
export type ScreenName = Route["screen"];

/** Longer values are of no link of ours. */
const MOST = 300;

/** The screen that a fragment names. */
export function readRoute(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#\/?/, "").split("?", 2);
  const [screen, rest] = path.split("/", 2).map(decoded);
  switch (screen) {
    case "inspector":
    case "health":
    case "about":
      return { screen };
    case "logs":
    case "settings":
      return { screen, profile: rest ?? null };
    case "welcome": {
      const values = new URLSearchParams(query);
      return { screen, platform: value(values, "platform"), workspace: value(values, "workspace") };
    }
    case "workspace":
      return { screen: "canvas", workspace: rest ?? null };
    default:
      return { screen: "canvas", workspace: null };
  }
}

/** The fragment that names a screen. */
export function hrefOf(screen: ScreenName, rest?: string): string {
  return `#/${screen}${rest === undefined ? "" : `/${encodeURIComponent(rest)}`}`;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part).slice(0, MOST) || undefined;
  } catch {
    return undefined;
  }
}

function value(values: URLSearchParams, name: string): string | null {
  return values.get(name)?.slice(0, MOST) ?? null;
}

const follow = (changed: () => void) => {
  window.addEventListener("hashchange", changed);
  return () => {
    window.removeEventListener("hashchange", changed);
  };
};

/** The fragment of the address as it is now. */
export function useFragment(): string {
  return useSyncExternalStore(follow, () => window.location.hash);
}
