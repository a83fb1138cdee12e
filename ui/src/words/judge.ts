// What is thought of what was typed, while it is typed. The host has the last word: this only spares the wait for it.

/** Whether a value can be used, and what is said of it. */
export interface Judged {
  good: boolean;
  words: string;
}

const good = (words: string): Judged => ({ good: true, words });
const wrong = (words: string): Judged => ({ good: false, words });

/** The address in the text, if it is one; without a scheme it is `https`. */
export function addressOf(text: string): URL | null {
  const trimmed = text.trim();
  try {
    return new URL(/^[a-z][a-z0-9+.-]*:/i.test(trimmed) && !/^[^/]+:\d+/.test(trimmed) ? trimmed : `https://${trimmed}`);
  } catch {
    return null;
  }
}

/** Whether the address is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  // A name may begin with 127., too, and be anywhere.
  return ["localhost", "[::1]"].includes(hostname) || hostname.endsWith(".localhost") || /^127(\.\d+){3}$/.test(hostname);
}

function address(text: string, what: string, example: string): Judged {
  const url = addressOf(text);
  if (!url) {
    return wrong(`This is no address. It looks like ${example}.`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return wrong(`It must begin with https://, not ${url.protocol}//.`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return wrong("Take the bare address, without a user, a question mark or a #.");
  }
  if (url.protocol === "http:" && !isLoopback(url)) {
    return wrong(`Without https everybody on the way could read the token. Ask for ${what} with https.`);
  }
  return good(isLoopback(url) ? `${url.host}, on this machine` : url.host);
}

/** A platform's address. */
export function judgePlatform(text: string): Judged {
  return address(text, "the platform's address", "https://acme.example");
}

/** A relay's address. */
export function judgeRelay(text: string): Judged {
  return address(text, "the relay's address", "https://relay.example");
}

/** A public address that leads to this laptop. */
export function judgePublic(text: string): Judged {
  const judged = address(text, "an address", "https://laptop.example");
  return judged.good && addressOf(text)?.pathname !== "/"
    ? wrong("Leave out the path: the doors have paths of their own.")
    : judged;
}

/** The highest port that there is. */
const LAST_PORT = 65_535;

/** Where the host listens for it. */
export function judgeListen(text: string): Judged {
  const [, host, port] = /^(\d+(?:\.\d+){3}|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(text.trim()) ?? [];
  const url = host === undefined ? null : addressOf(`http://${host}`);
  if (!url) {
    return wrong("It looks like 127.0.0.1:8474.");
  }
  if (!isLoopback(url)) {
    return wrong("Other machines could reach it there. It must be on this machine, such as 127.0.0.1:8474.");
  }
  return Number(port) >= 1 && Number(port) <= LAST_PORT
    ? good("On this machine alone.")
    : wrong(`Its port must be 1 to ${LAST_PORT}, as whatever passes calls on has to know it.`);
}

/** A proxy's address. */
export function judgeProxy(text: string): Judged {
  const url = text.includes("://") ? addressOf(text) : null;
  if (url?.protocol !== "http:" || url.hostname === "") {
    return wrong("It looks like http://proxy.example:3128.");
  }
  return url.username !== "" || url.password !== ""
    ? wrong("Without the login: it would be kept in the config for everybody to read.")
    : good(url.host);
}

/** The address at which newer versions are looked up. */
export function judgeUpdates(text: string): Judged {
  const url = addressOf(text);
  if (url?.protocol !== "https:") {
    return wrong("It must begin with https://.");
  }
  return url.username !== "" || url.password !== ""
    ? wrong("Without a login: it would be kept in the config for everybody to read.")
    : good(url.host);
}

/** The address of an agent that runs on this machine. */
export function judgeAgent(text: string): Judged {
  const url = /^\s*\d+\s*$/.test(text) ? null : addressOf(text.includes("://") ? text : `http://${text.trim()}`);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return wrong("This is no address. It looks like http://127.0.0.1:9000.");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return wrong("Take the bare address, without a user, a question mark or a #.");
  }
  return isLoopback(url)
    ? good(`${url.host}, on this machine`)
    : wrong("The agent must run on this machine, at 127.0.0.1 or localhost.");
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A workspace's id. */
export function judgeWorkspace(text: string): Judged {
  return UUID.test(text.trim())
    ? good("Has the form of a workspace's id.")
    : wrong("A workspace's id has 36 signs, as in 7d0f0d5c-1234-4000-8000-000000000001.");
}

/** A token or a key. Of what it holds nothing is said. */
export function judgeSecret(text: string): Judged {
  // Signs that cannot stand in a header: what was copied holds more than the secret.
  return /^[\x21-\x7e]+$/.test(text.trim())
    ? good("Goes straight into the vault.")
    : wrong("It has spaces or signs that no token has. Copy it again, and nothing around it.");
}

/** The longest org id that a header takes. */
const LONGEST_ORG_ID = 256;

/** An org's id, which may be left out. */
export function judgeOrgId(text: string): Judged {
  return text.trim().length <= LONGEST_ORG_ID && /^[\x21-\x7e]*$/.test(text.trim())
    ? good("Sent to the platform with every request.")
    : wrong("It has spaces or signs that no org's id has. Copy it from the org's settings.");
}

/** The tools in a text, which stand between commas. */
export function toolsOf(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** Tools as Claude Code's permission rules name them. */
export function judgeTools(text: string): Judged {
  for (const tool of toolsOf(text)) {
    const [, name, rule] = /^([a-z][\w-]*)(?:\(([^\n]*)\))?$/i.exec(tool) ?? [];
    if (name === undefined) {
      return wrong(`“${tool}” is no tool. Name them one by one, with commas: Read, Grep, Bash(git log:*).`);
    }
    if (name === "Bash" && /^[:* ]*$/.test(rule ?? "")) {
      return wrong("With all of Bash strangers' messages could run any command here. Say which: Bash(git log:*).");
    }
  }
  return good("It may use these, and nothing else without being asked.");
}

/** A profile's name. */
export function judgeProfile(text: string, taken: readonly string[]): Judged {
  if (!/^[a-z0-9-]{1,32}$/.test(text)) {
    return wrong("Use 1 to 32 lower case letters, digits and hyphens.");
  }
  return taken.includes(text) ? wrong("There is a profile of that name already.") : good("Free.");
}

/** The longest name that fits on a card of the Canvas. */
const MOST_LETTERS = 100;

/** A name that strangers see. */
export function judgeName(text: string): Judged {
  return text.trim().length > MOST_LETTERS
    ? wrong(`That is too long: at most ${MOST_LETTERS} letters.`)
    : good("The org will see it.");
}

/** A folder on this machine. */
export function judgeFolder(text: string): Judged {
  return /^(\/|[a-z]:[\\/])/i.test(text.trim())
    ? good("Commands begin in this folder.")
    : wrong("Give the whole path, beginning with /.");
}
