// Positions that the platform or the user wishes, and what becomes of them beside everybody else's.

import { describe, expect, it } from "vitest";

import { workspace } from "../testing/samples";
import { arrange, GROUP_CORNER, type Layout, type Wishes } from "./arrange";
import { answerOf, withAnswer } from "./layouter";
import { moveTarget } from "./moving";
import { spatialOf } from "./spatial";

const at = (x: number, y: number) => ({ place: { x, y } });
const place = (layout: Layout, id: string) => {
  const found = layout.places.get(id);
  if (!found) {
    throw new Error(`no place for ${id}`);
  }
  return found;
};
const wish = (wishes: Partial<Wishes>): Wishes => ({ collapsed: new Set(), moved: new Map(), ...wishes });

describe("the platform's positions", () => {
  it("are used, and whoever has none stands below", () => {
    const layout = arrange([workspace("a", at(100, 50)), workspace("b", at(600, 90)), workspace("c")]);
    expect(place(layout, "a")).toMatchObject({ x: 100, y: 50 });
    expect(place(layout, "b")).toMatchObject({ x: 600, y: 90 });
    expect(place(layout, "c").y).toBeGreaterThanOrEqual(90 + 130);
  });

  it("are given up by who would stand on somebody else", () => {
    const layout = arrange([workspace("a", at(100, 50)), workspace("b", at(120, 60)), workspace("c", at(100, 50))]);
    const places = [...layout.places.values()];
    for (const one of places) {
      for (const other of places) {
        const apart =
          one === other ||
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y;
        expect(apart).toBe(true);
      }
    }
  });

  it("count from the team's corner inside of it, and never lead out of it", () => {
    const layout = arrange([
      workspace("lead", at(1000, 1000)),
      workspace("in", { ...at(1300, 1400), parent_id: "lead" }),
      workspace("out", { ...at(0, 0), parent_id: "lead" }),
    ]);
    const lead = place(layout, "lead");
    expect(place(layout, "in")).toMatchObject({ x: 1300, y: 1400 });
    for (const id of ["in", "out"]) {
      const { x, y, width, height } = place(layout, id);
      expect(x >= lead.x && y >= lead.y).toBe(true);
      expect(x + width <= lead.x + lead.width && y + height <= lead.y + lead.height).toBe(true);
    }
  });
});

describe("the user's wishes", () => {
  const org = [workspace("lead"), ...["a", "b", "c"].map((id) => workspace(id, { parent_id: "lead" }))];

  it("move one and nobody else, and the team grows around it", () => {
    const before = arrange(org);
    const moved = moveTarget(before.places, place(before, "b"), { x: 400, y: 300 });
    const after = arrange(org, before, wish({ moved: new Map([["b", moved]]) }));
    const [was, is] = [place(before, "b"), place(after, "b")];
    expect([is.x - was.x, is.y - was.y]).toEqual([400, 300]);
    expect(place(after, "a")).toBe(place(before, "a"));
    expect(place(after, "c")).toBe(place(before, "c"));
    const lead = place(after, "lead");
    expect(lead.x + lead.width).toBeGreaterThanOrEqual(is.x + is.width);
    expect(place(arrange(org, after), "b")).toMatchObject({ x: was.x, y: was.y });
  });

  it("never move one out of its team, nor onto its head", () => {
    const before = arrange(org);
    expect(moveTarget(before.places, place(before, "a"), { x: -900, y: -900 })).toEqual(GROUP_CORNER);
  });

  it("draw a collapsed team as one card that says how many stand in it", () => {
    const layout = arrange(org, undefined, wish({ collapsed: new Set(["lead"]) }));
    expect([...layout.places.keys()]).toEqual(["lead"]);
    expect(place(layout, "lead")).toMatchObject({ width: 240, height: 130, children: [], inside: 3 });
    expect([...arrange(org, layout).places.keys()]).toEqual(["lead", "a", "b", "c"]);
  });
});

describe("a layout beside the page", () => {
  it("is the same after its answers, with the same objects where nothing moved", () => {
    const orgs = [["a", "b"], ["a", "b", "c"], ["b", "c"], ["c", "b"]].map((ids) => ids.map((id) => workspace(id)));
    let there: Layout | undefined;
    let here: Layout | undefined;
    for (const org of orgs) {
      const next = arrange(org, there);
      const kept = here?.places.get("b");
      here = withAnswer(here, structuredClone(answerOf(there, next)));
      there = next;
      expect([...here.places]).toEqual([...next.places]);
      expect(kept === undefined || here.places.get("b") === kept).toBe(true);
    }
  });
});

describe("the index", () => {
  it("finds who lies in a box, parents first, and the innermost at a point", () => {
    const layout = arrange([workspace("lead"), workspace("a", { parent_id: "lead" }), workspace("far", at(5000, 5000))]);
    const index = spatialOf(layout);
    const { x, y } = place(layout, "a");
    expect(index.within({ x, y, width: 10, height: 10 }).map(({ id }) => id)).toEqual(["lead", "a"]);
    expect(index.at(x + 5, y + 5)?.id).toBe("a");
    expect(index.at(-1, -1)).toBeNull();
    expect(spatialOf(arrange([])).bounds).toBeNull();
  });
});
