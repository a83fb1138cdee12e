// Where an arrow leads.

import { describe, expect, it } from "vitest";

import { workspace } from "../testing/samples";
import { arrange } from "./arrange";
import { neighbour, type Direction } from "./neighbour";

// Two columns of one team, and a lone workspace before it.
const layout = arrange([
  workspace("alone", { ours: true }),
  workspace("lead"),
  ...["a", "b", "c", "d"].map((id) => workspace(id, { parent_id: "lead" })),
]);

function go(from: string, direction: Direction): string | undefined {
  const place = layout.places.get(from);
  return place && neighbour(layout.places, place, direction)?.id;
}

describe("neighbour", () => {
  it("follows rows and columns", () => {
    expect(go("a", "right")).toBe("b");
    expect(go("a", "down")).toBe("c");
    expect(go("d", "left")).toBe("c");
    expect(go("d", "up")).toBe("b");
  });

  it("never leads into or out of a team that stands around", () => {
    const out = (["up", "down", "left", "right"] as const).map((direction) => go("lead", direction));
    expect(out.filter((id) => id !== undefined && id !== "alone")).toEqual([]);
    expect((["up", "left"] as const).map((direction) => go("a", direction))).not.toContain("lead");
  });

  it("ends where there is nobody", () => {
    expect(go("alone", "left")).toBeUndefined();
  });
});
