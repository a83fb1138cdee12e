// The token of this page: given in the address's fragment, which no server sees and no log has, and taken out of the
// address bar at once. It is kept for this tab alone, so that reloading works; it dies with the host's process.

const KEY = "ligand-token";
/** What the address with a token has behind it. */
export const TOKEN = "#token=";

/** The parts of a browser window that are used. */
export type Browser = Pick<Window, "location" | "history" | "sessionStorage">;

/** Takes the token out of the address, or finds the one that was taken before. */
export function takeToken(browser: Browser): string | null {
  const { location, history } = browser;
  // Only where it stands first: a link to one of our screens must not be able to bring a token of its own.
  const given = location.hash.startsWith(TOKEN) ? location.hash.slice(TOKEN.length) : null;
  if (given) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  try {
    if (given) {
      browser.sessionStorage.setItem(KEY, given);
    }
    return given ?? browser.sessionStorage.getItem(KEY);
  } catch {
    // A browser that keeps nothing: then reloading needs the address again.
    return given;
  }
}
