// Words for states, figures, profiles and workspaces, and strangers' signs made visible.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { workspace } from "../testing/samples";
import { count, milliseconds, moment, momentOf } from "./figures";
import { presenceLook, workspaceLook } from "./look";
import { plain } from "./plain";
import { agentWords, atRest, linkWords, wayWords } from "./profile";
import { sentence } from "./sentence";
import { census, silence, spoken } from "./workspace";

const hostSource = readFileSync("../src-tauri/crates/host/src/status.rs", "utf8");

describe("states", () => {
  it("calls presence what the host calls it", () => {
    const words = [...hostSource.matchAll(/Self::(\w+) => "([^"]+)"/g)];
    expect(words.length).toBe(9);
    for (const [, variant = "", word] of words) {
      const state = variant.replace(/(?<!^)[A-Z]/g, "_$&").toLowerCase();
      expect(presenceLook(state as Parameters<typeof presenceLook>[0]).word).toBe(word);
    }
  });

  it("has a shape and a word for every state of the platform, none like another's of a different tone", () => {
    const states =
      "provisioning online offline degraded failed removed paused hibernated awaiting_agent hibernating".split(" ");
    const looks = states.map(workspaceLook);
    expect(new Set(looks.map((look) => look.word)).size).toBe(states.length);
    const tones = new Map<string, string>();
    for (const { shape, tone } of looks) {
      expect(tones.get(shape) ?? tone).toBe(tone);
      tones.set(shape, tone);
    }
  });

  it("shows a state that it does not know by its name, like offline", () => {
    for (const state of ["quarantined", "constructor", "__proto__", ""]) {
      expect(workspaceLook(state)).toEqual({ ...workspaceLook("offline"), word: state });
    }
  });
});

describe("figures", () => {
  it("says short times with tenths and long ones in seconds, as the command line does", () => {
    const said = [0, 0.04, 0.44, 9.94, 9.96, 41.4, 9_999, 10_000, 61_234].map(milliseconds);
    expect(said).toEqual([
      "0.0 ms", "0.0 ms", "0.4 ms", "9.9 ms", "10 ms", "41 ms", "9999 ms", "10.0 s", "61.2 s",
    ]);
  });

  it("says the day of a moment only when it is not today", () => {
    const at = new Date(2026, 0, 2, 14, 3, 10);
    expect(moment(at, "second", new Date(2026, 0, 2, 23))).toBe("14:03:10");
    expect(moment(at, "second", new Date(2026, 0, 3, 1))).toBe("2 Jan, 14:03:10");
    expect(moment(at, "minute", new Date(2026, 0, 2, 23))).toBe("14:03");
    expect(momentOf("no time")).toBeNull();
    expect(momentOf(null)).toBeNull();
  });

  it("counts", () => {
    expect([0, 1, 2].map((number) => count(number, "task"))).toEqual(["0 tasks", "1 task", "2 tasks"]);
  });
});

describe("a profile", () => {
  it("says its link", () => {
    const link = { state: "up", verified: true, round_trip_ms: 12.3, reason: null } as const;
    expect(linkWords(link)).toBe("Link up, 12 ms");
    expect(linkWords({ ...link, round_trip_ms: null })).toBe("Link up");
    expect(linkWords({ ...link, verified: false })).toBe("Link not verified");
    expect(linkWords({ ...link, state: "dialling" })).toBe("Dialling the relay");
    expect(linkWords({ ...link, state: "waiting" })).toBe("No link");
    expect(linkWords({ ...link, state: "off" })).toBe("Link off");
  });

  it("says how calls come in", () => {
    const link = { state: "up", verified: false, round_trip_ms: null, reason: null } as const;
    const relay = { kind: "relay", relay: "https://relay.example", shared_door: false, key: null } as const;
    expect(wayWords(relay, { ...link, verified: true })).toBe("Link up");
    expect(wayWords({ kind: "poll" }, link)).toBe("Fetches messages");
    const tunnel = { kind: "cloudflared", address: "https://a.trycloudflare.com/", shared_door: false } as const;
    expect(wayWords(tunnel, link)).toBe("Through cloudflared");
    expect(wayWords({ ...tunnel, kind: "ngrok", address: null }, link)).toBe("No address of ngrok yet");
    const url = { kind: "url", address: "https://a.example/", listen: "127.0.0.1:8474", shared_door: false } as const;
    expect(wayWords(url, link)).toBe("At a URL of yours");
    expect(wayWords(url, { ...link, state: "waiting" })).toBe("Not listening");
  });

  it("says its agent", () => {
    const agent = { kind: "echo", ready: true, active_tasks: 0, reason: null };
    expect(agentWords(agent)).toBe("echo");
    expect(agentWords({ ...agent, active_tasks: 2 })).toBe("echo, 2 tasks");
    expect(agentWords({ ...agent, ready: false })).toBe("echo, not ready");
  });

  it("is started when it is at rest, and stopped otherwise", () => {
    expect((["stopped", "needs_user", "removed"] as const).every(atRest)).toBe(true);
    expect((["connecting", "online", "unreachable", "paused", "asleep"] as const).some(atRest)).toBe(false);
  });
});

describe("a workspace", () => {
  it("is said in one sentence", () => {
    const busy = workspace("a", {
      name: "researcher",
      remote: true,
      ours: true,
      current_task: "summarise report",
      active_tasks: 2,
    });
    expect(spoken(busy, 3)).toBe(
      "researcher, this laptop, remote, online, 3 workspaces inside, working on: summarise report, 2 tasks",
    );
  });

  it("says since when it has been silent, unless it is online", () => {
    const today = new Date(new Date().setHours(14, 3, 0, 0)).toISOString();
    expect(silence(workspace("a", { last_seen: today }))).toBeNull();
    expect(silence(workspace("a", { state: "offline", last_seen: today, since: today }))).toBe("last seen 14:03");
    expect(silence(workspace("a", { state: "offline", since: today }))).toBe("since 14:03");
    expect(silence(workspace("a", { state: "offline" }))).toBeNull();
  });

  it("is counted", () => {
    expect([census(0, 0), census(1, 1), census(12, 9)]).toEqual([
      "No workspaces",
      "1 workspace, 1 online",
      "12 workspaces, 9 online",
    ]);
  });
});

describe("texts", () => {
  it("makes a sentence of a line", () => {
    expect(sentence("the relay is away; try again")).toBe("The relay is away; try again.");
    expect(sentence("Done.")).toBe("Done.");
    expect(sentence("it's gone")).toBe("It's gone.");
    for (const name of ["https://acme.example: no answer", "cloudflared ends", "config.toml:7: no", "/tmp/x is full"]) {
      expect(sentence(name)).toBe(`${name}.`);
    }
    expect(sentence("")).toBe("");
  });

  it("shows hidden characters of strangers, and leaves their languages alone", () => {
    expect(plain("a\u001b[2Jb\u202ec")).toBe("a\ufffd[2Jb\ufffdc");
    expect(plain("Zoë 🐈 👩‍🔬 שלום\n\tline")).toBe("Zoë 🐈 👩‍🔬 שלום\n\tline");
  });
});
