// The words behind `#/`, read and written.

import { describe, expect, it } from "vitest";

import { hrefOf, readRoute } from "./route";

describe("the address", () => {
  it("names a screen", () => {
    expect(readRoute("#/about")).toEqual({ screen: "about" });
    expect(readRoute("#/logs")).toEqual({ screen: "logs", profile: null });
    expect(readRoute("#/logs/my-work")).toEqual({ screen: "logs", profile: "my-work" });
    expect(readRoute("#/settings")).toEqual({ screen: "settings", profile: null });
    expect(readRoute("#/settings/my-work")).toEqual({ screen: "settings", profile: "my-work" });
    expect(readRoute("#/workspace/7d0f%2F")).toEqual({ screen: "canvas", workspace: "7d0f/" });
    expect(readRoute("#/welcome?platform=https%3A%2F%2Facme.example&workspace=7d0f")).toEqual({
      screen: "welcome",
      platform: "https://acme.example",
      workspace: "7d0f",
    });
  });

  it("leads to the Canvas where it names none, and is never too long", () => {
    for (const fragment of ["", "#", "#/", "#logs2", "#/constructor", "#/%E0%A4%A", "#token=x"]) {
      expect(readRoute(fragment)).toEqual({ screen: "canvas", workspace: null });
    }
    const long = readRoute(`#/welcome?platform=${"x".repeat(10_000)}&workspace=y`);
    expect(long).toMatchObject({ platform: "x".repeat(300) });
  });

  it("is read as it was written", () => {
    expect(readRoute(hrefOf("workspace" as "canvas", "a/b ?"))).toEqual({ screen: "canvas", workspace: "a/b ?" });
    expect(readRoute(hrefOf("settings", "work"))).toEqual({ screen: "settings", profile: "work" });
  });
});
