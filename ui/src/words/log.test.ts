// Words for lines of the log, deliveries and checkups.

import { describe, expect, it } from "vitest";

import { doorWords, outcomeLook, size, took } from "./deliveries";
import { readLine, wanted } from "./log";
import { outcome } from "./checkup";

const lines = [
  "2026-01-02T03:04:05.678901Z  INFO ligand_host::profile::link: link up relay=https://relay.example/",
  "2026-01-02T03:04:06.000000Z  WARN ligand_host: the disk is nearly full",
  "  a second line of it",
  "2026-01-02T03:04:07.000000Z ERROR ligand_host::vault: it is locked",
].map(readLine);

describe("a line of the log", () => {
  it("is taken apart, and what is no such line is all text", () => {
    expect(lines[0]).toMatchObject({
      at: "2026-01-02T03:04:05.678901Z",
      level: "info",
      source: "ligand_host::profile::link",
      text: "link up relay=https://relay.example/",
    });
    expect(lines[2]).toMatchObject({ at: null, level: null, text: "  a second line of it" });
    expect(readLine("<b>hello</b>").text).toBe("<b>hello</b>");
  });

  it("is shown from its level on, together with what goes on in the next line", () => {
    expect(wanted(lines, { least: "warn", text: "" })).toEqual(lines.slice(1));
    expect(wanted(lines, { least: "error", text: "" })).toEqual(lines.slice(3));
    expect(wanted(lines, { least: "trace", text: "RELAY" })).toEqual(lines.slice(0, 1));
    const plain = ["Listening", "Ready"].map(readLine);
    expect(wanted(plain, { least: "error", text: "" })).toEqual(plain);
  });
});

describe("a delivery", () => {
  it("is said in words, and what a newer host says by its name", () => {
    expect([outcomeLook("answered").word, outcomeLook(null).word, outcomeLook("constructor").word]).toEqual([
      "Answered",
      "Working",
      "constructor",
    ]);
    expect([doorWords("platform/a2a"), doorWords("__proto__")]).toEqual(["Platform door, bridge", "__proto__"]);
    expect([0, 417, 3_300, 1_500_000].map(size)).toEqual(["0 B", "417 B", "3.2 KB", "1.4 MB"]);
    expect([null, 0, 4, 12_000].map(took)).toEqual(["…", "< 1 ms", "4.0 ms", "12.0 s"]);
  });
});

describe("a checkup", () => {
  const check = (verdict: "ok" | "warning" | "problem" | "skipped") => ({
    code: verdict,
    title: `title ${verdict}`,
    verdict,
    found: "found it",
    next: null,
  });

  it("says in one line how it came out", () => {
    const title = (...checks: ReturnType<typeof check>[]) => outcome({ schema: 1, profile: "work", checks }).title;
    expect(title(check("ok"), check("skipped"))).toBe("Everything works");
    expect(title(check("ok"), check("warning"))).toBe("It works, with 1 warning");
    expect(title(check("problem"), check("warning"), check("problem"))).toBe("2 problems and 1 warning");
  });
});
