// Which way to the host this window has.

import { isTauri } from "@tauri-apps/api/core";

import type { Host } from "./host";
import { httpHost } from "./http";
import { tauriHost } from "./tauri";
import { takeToken, TOKEN } from "./token";

/** The desktop shell's way inside its window, HTTP in a browser. */
export function openHost(): Host {
  if (isTauri()) {
    return tauriHost();
  }
  // A new address pasted over the old one changes only the fragment, and the browser does not load it anew.
  window.addEventListener("hashchange", () => {
    if (window.location.hash.startsWith(TOKEN)) {
      takeToken(window);
      window.location.reload();
    }
  });
  return httpHost(takeToken(window));
}
