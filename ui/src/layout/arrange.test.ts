// The layout of an org: nobody hidden, and nobody moved without need.

import { describe, expect, it } from "vitest";

import { seeded, workspace } from "../testing/samples";
import { arrange, TEAM_HEAD, type Layout, type Place } from "./arrange";

type Sample = ReturnType<typeof workspace>;

function randomOrg(random: () => number, size: number): Sample[] {
  return Array.from({ length: size }, (_, at) => {
    const parent = at > 0 && random() < 0.7 ? `w${Math.floor(random() * at)}` : null;
    return workspace(`w${at}`, { name: `n${Math.floor(random() * size)}`, parent_id: parent });
  });
}

function place(layout: Layout, id: string): Place {
  const place = layout.places.get(id);
  if (!place) {
    throw new Error(`${id} has no place`);
  }
  return place;
}

function moved(before: Layout, after: Layout): string[] {
  return [...before.places.keys()].filter((id) => {
    const [a, b] = [before.places.get(id), after.places.get(id)];
    return b && (a?.x !== b.x || a.y !== b.y);
  });
}

const apart = (a: Place, b: Place) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

const inside = (outer: Place, inner: Place) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

describe("arrange", () => {
  it("draws everybody once, children inside their parent, and siblings apart", () => {
    const random = seeded(7);
    for (let round = 0; round < 40; round++) {
      const org = randomOrg(random, 1 + Math.floor(random() * 80));
      const layout = arrange(org);
      expect(layout.places.size).toBe(org.length);
      const places = [...layout.places.values()];
      for (const child of places) {
        if (child.parent !== null) {
          expect(inside(place(layout, child.parent), child)).toBe(true);
        }
        const siblings = places.filter((other) => other.parent === child.parent && other.id < child.id);
        expect(siblings.every((sibling) => apart(sibling, child))).toBe(true);
      }
    }
  });

  it("does not depend on the order of the data", () => {
    const org = randomOrg(seeded(3), 60);
    expect([...arrange(org).places]).toEqual([...arrange([...org].reverse()).places]);
  });

  it("gives leaf and team the platform's sizes", () => {
    const layout = arrange([workspace("lead"), workspace("a", { parent_id: "lead" })]);
    expect(place(layout, "a")).toMatchObject({ x: 16, y: TEAM_HEAD, width: 240, height: 130, depth: 1 });
    const lead = place(layout, "lead");
    expect(lead.width).toBeGreaterThanOrEqual(360);
    expect(lead.height).toBe(TEAM_HEAD + 130 + 16);
  });

  it("puts ours first", () => {
    const layout = arrange([workspace("a"), workspace("z", { ours: true })]);
    expect(place(layout, "z")).toMatchObject({ x: 0, y: 0 });
  });

  it("moves nobody when names, states and tasks change", () => {
    const org = randomOrg(seeded(5), 50);
    const before = arrange(org);
    const renamed = org.map((each, at) => ({ ...each, name: `other ${50 - at}`, state: "offline" }));
    expect(moved(before, arrange(renamed, before))).toEqual([]);
  });

  it("moves nobody when a workspace joins at the end or leaves", () => {
    const team = ["a", "b", "c"].map((id) => workspace(id, { parent_id: "lead" }));
    const org = [workspace("lead"), ...team, workspace("alone")];
    const before = arrange(org);
    const joined = arrange([...org, workspace("0-new", { parent_id: "lead" })], before);
    expect(moved(before, joined)).toEqual([]);
    const left = arrange(
      org.filter(({ id }) => id !== "a"),
      before,
    );
    expect(moved(before, left)).toEqual([]);
  });

  it("gives the place of who left to who comes next", () => {
    const before = arrange(["a", "b", "c"].map((id) => workspace(id)));
    const without = arrange([workspace("b"), workspace("c")], before);
    const after = arrange([workspace("b"), workspace("c"), workspace("d")], without);
    expect(place(after, "d")).toMatchObject({ x: place(before, "a").x, y: place(before, "a").y });
  });

  it("closes up when most have left", () => {
    const many = Array.from({ length: 20 }, (_, at) => workspace(`w${10 + at}`));
    const before = arrange(many);
    const after = arrange(many.slice(-2), before);
    expect(place(after, "w28")).toMatchObject({ x: 0, y: 0 });
  });

  it("keeps its form while the org grows one by one, and stays about as wide as a window", () => {
    let layout = arrange([]);
    let turns = 0;
    for (let size = 1; size <= 200; size++) {
      const next = arrange(
        Array.from({ length: size }, (_, at) => workspace(`w${at}`)),
        layout,
      );
      turns += Number(moved(layout, next).length > 0);
      layout = next;
    }
    expect(turns).toBeLessThanOrEqual(6);
    const places = [...layout.places.values()];
    const width = Math.max(...places.map((each) => each.x + each.width));
    const height = Math.max(...places.map((each) => each.y + each.height));
    expect(width / height).toBeGreaterThan(0.6);
    expect(width / height).toBeLessThan(2.5);
  });

  it("keeps the objects of places that stay", () => {
    const org = [workspace("a"), workspace("b"), workspace("c", { parent_id: "b" })];
    const before = arrange(org);
    const after = arrange([...org, workspace("d", { parent_id: "b" })], before);
    expect(after.places.get("a")).toBe(before.places.get("a"));
    expect(after.places.get("c")).toBe(before.places.get("c"));
    expect(after.places.get("b")).not.toBe(before.places.get("b"));
  });

  it("draws a chain of ten thousand", () => {
    const chain = Array.from({ length: 10_000 }, (_, at) =>
      workspace(`w${at}`, { parent_id: at > 0 ? `w${at - 1}` : null }),
    );
    expect(place(arrange(chain), "w9999").depth).toBe(9999);
  });
});
