// The camera, who has an element, and what has to be drawn anew.

import { describe, expect, it } from "vitest";

import { arrange } from "../layout/arrange";
import { spatialOf } from "../layout/spatial";
import { workspace } from "../testing/samples";
import { between, fitted, following, leastZoom, toOrg, toScreen, viewOf, zoomedAt } from "./camera";
import { Damage } from "./damage";
import { elementsOf } from "./elements";
import { Lettering } from "./lettering";
import { levelOf } from "./level";
import { onPixels, Sheet } from "./sheet";

const extent = { width: 1000, height: 700 };
const camera = { x: 40, y: -20, zoom: 0.5 };

describe("the camera", () => {
  it("leads there and back", () => {
    const at = { x: 123, y: 456 };
    expect(toScreen(camera, toOrg(camera, at))).toEqual(at);
  });

  it("holds the point still at which it zooms, within its bounds", () => {
    const at = { x: 300, y: 200 };
    const before = toOrg(camera, at);
    for (const factor of [1.3, 0.4, 1000, 0.00001]) {
      const after = zoomedAt(camera, at, factor, 0.05);
      expect(toOrg(after, at).x).toBeCloseTo(before.x);
      expect(after.zoom).toBeGreaterThanOrEqual(0.05);
      expect(after.zoom).toBeLessThanOrEqual(2);
    }
  });

  it("shows a whole org of any size, and can look as far away", () => {
    for (const size of [100, 100_000]) {
      const box = { x: -50, y: 20, width: size, height: size };
      const whole = fitted(box, extent);
      const view = viewOf(whole, extent);
      expect(view.x <= box.x && view.x + view.width >= box.x + box.width).toBe(true);
      expect(view.y <= box.y && view.y + view.height >= box.y + box.height).toBe(true);
      expect(leastZoom(box, extent)).toBeLessThanOrEqual(whole.zoom);
    }
  });

  it("gives a whole org most of a small window", () => {
    const small = { width: 560, height: 140 };
    const box = { x: 0, y: 0, width: 400, height: 600 };
    expect(fitted(box, small).zoom * box.height).toBeGreaterThan(small.height * 0.6);
  });

  it("shows a whole org, and whom it follows, below what covers the top", () => {
    const under = { ...extent, covered: 120 };
    const box = { x: 0, y: 0, width: 4000, height: 4000 };
    expect(toScreen(fitted(box, under), box).y).toBeGreaterThanOrEqual(120);
    const hidden = { x: 200, y: viewOf(camera, under).y + 10, width: 100, height: 50 };
    expect(toScreen(following(camera, hidden, under), hidden).y).toBeGreaterThanOrEqual(120);
    expect(following(following(camera, hidden, under), hidden, under)).toEqual(following(camera, hidden, under));
  });

  it("leaves most of a small window to the org, whatever covers it", () => {
    const small = { width: 560, height: 240, covered: 200 };
    const box = { x: 0, y: 0, width: 400, height: 600 };
    expect(fitted(box, small).zoom * box.height).toBeGreaterThan(small.height * 0.4);
  });

  it("follows no further than it must", () => {
    const inSight = { x: 200, y: 300, width: 100, height: 50 };
    expect(following(camera, inSight, extent)).toEqual(camera);
    const out = { x: 5000, y: 300, width: 100, height: 50 };
    const view = viewOf(following(camera, out, extent), extent);
    expect(view.x <= out.x && view.x + view.width >= out.x + out.width).toBe(true);
    expect(view.y).toBeCloseTo(viewOf(camera, extent).y);
  });

  it("flies from the one to the other", () => {
    const to = { x: -500, y: 90, zoom: 1.5 };
    for (const [part, end] of [[0, camera], [1, to]] as const) {
      const now = between(camera, to, part, extent);
      expect(now.x).toBeCloseTo(end.x);
      expect(now.y).toBeCloseTo(end.y);
      expect(now.zoom).toBeCloseTo(end.zoom);
    }
  });
});

describe("elements", () => {
  const places = spatialOf(arrange(Array.from({ length: 600 }, (_, at) => workspace(`w${at}`)))).within({
    x: 0,
    y: 0,
    width: 1e6,
    height: 1e6,
  });
  const idsOf = (some: readonly { id: string }[]) => some.map(({ id }) => id);
  const ask = (some: number, more: Partial<Parameters<typeof elementsOf>[0]> = {}) =>
    elementsOf({
      visible: places.slice(0, some),
      special: [],
      now: new Set(),
      cards: new Set(),
      level: "card",
      moving: false,
      atOnce: false,
      ...more,
    });
  /** One frame after the other, until nobody waits. */
  const settled = (some: number, more: Partial<Parameters<typeof elementsOf>[0]> = {}) => {
    let now: ReadonlySet<string> = more.now ?? new Set();
    let cards: ReadonlySet<string> = more.cards ?? new Set();
    for (let frame = 1; frame < 500; frame++) {
      const next = ask(some, { ...more, now, cards });
      expect(Math.abs(next.ids.size - now.size)).toBeLessThanOrEqual(100);
      expect(next.cards.size - cards.size).toBeLessThanOrEqual(5);
      expect(cards.size - next.cards.size).toBeLessThanOrEqual(100);
      ({ ids: now, cards } = next);
      if (!next.more) {
        return { now, cards };
      }
    }
    throw new Error("it never ends");
  };

  it("are there for all in sight while these are not too many, and else for the special ones alone", () => {
    expect([...settled(250, { level: "dot" }).now]).toEqual(idsOf(places.slice(0, 250)));
    const special = places.slice(580, 582);
    const now = new Set(idsOf(places.slice(0, 240)));
    expect([...settled(500, { special, now }).now]).toEqual(idsOf(special));
  });

  it("come at once where nothing is drawn meanwhile", () => {
    const all = new Set(idsOf(places.slice(0, 100)));
    expect(ask(100, { atOnce: true })).toEqual({ more: false, ids: all, cards: all });
  });

  it("neither come nor go while the view moves, but for the special ones", () => {
    const now = new Set(idsOf(places.slice(300, 310)));
    const special = places.slice(400, 401);
    const asked = { moving: true, now, special, cards: new Set(["w301"]) };
    const ids = new Set([...now, "w400"]);
    expect(ask(100, asked)).toEqual({ more: false, ids, cards: new Set(["w301", "w400"]) });
    expect(ask(100, { ...asked, level: "chip" })).toEqual({ more: false, ids, cards: new Set(["w301"]) });
  });

  it("are whole cards near by alone, a few more or less in a frame", () => {
    const far = settled(120, { level: "chip" });
    expect(far.cards.size).toBe(0);
    const near = settled(120, { now: far.now });
    expect(near.cards).toEqual(near.now);
    expect(ask(120, { now: far.now }).cards.size).toBe(5);
    expect(settled(120, { level: "dot", ...near }).cards.size).toBe(0);
    expect(ask(120, { level: "dot", ...near }).cards.size).toBe(100);
  });

  it("have three levels", () => {
    expect([1, 0.4, 0.1].map(levelOf)).toEqual(["card", "chip", "dot"]);
  });
});

describe("damage", () => {
  const rows = (changes: Parameters<typeof workspace>[1]) => new Map([["a", workspace("a", changes)]]);

  it("is done by what is drawn, and not by a sign of life", () => {
    const damage = new Damage();
    damage.know(rows({}));
    damage.take();
    damage.add(new Set(["a"]), rows({ last_seen: "now" }));
    expect(damage.any).toBe(false);
    damage.add(new Set(["a"]), rows({ state: "failed" }));
    expect(damage.take().parts).toEqual(["a"]);
    damage.add(new Set(["a"]), rows({ state: "failed", last_seen: "later" }));
    expect(damage.any).toBe(false);
    for (const change of [{ error: "broken" }, { active_tasks: 2 }, { skills: ["rust"] }, { last_seen: "2026-01-02T03:04:05Z" }]) {
      damage.add(new Set(["a"]), rows({ state: "failed", ...change }));
      expect(damage.take().parts).toEqual(["a"]);
    }
  });
});

describe("a text that is too long", () => {
  const context = { font: "", measureText: (text: string) => ({ width: 10 * text.length }) } as unknown as CanvasRenderingContext2D;
  const letters = new Lettering("400 10px sans-serif");

  it("is as much of it as there is room for, at any room", () => {
    expect(letters.fit(context, "a researcher", 1, 120)).toBe("a researcher");
    for (const room of [100, 60, 100, 60]) {
      const text = letters.fit(context, "a researcher", 1, room);
      expect(text).toMatch(/^a .*…$/);
      expect(10 * text.length).toBeLessThanOrEqual(room);
    }
    expect(letters.fit(context, "a researcher", 1, 10)).toBe("");
    expect(letters.fit(context, "a researcher", 0.5, 60)).toBe("a researcher");
  });

  it("ends at its left where it is read from the right", () => {
    expect(letters.fit(context, "مهندس البرمجيات الخلفية", 1, 120)).toMatch(/^\u2068م.*…\u2069$/);
  });
});

describe("the sheet", () => {
  const view = { x: 0, y: 0, ...extent };
  const at = (x: number, y: number, zoom = 1) => ({ x, y, zoom });
  const drawn = () => {
    const sheet = new Sheet();
    sheet.renew(at(10, 20), view);
    return sheet;
  };
  const covers = ({ held }: Sheet, by: { x: number; y: number }) =>
    held.x <= -by.x &&
    held.y <= -by.y &&
    held.x + held.width >= extent.width - by.x &&
    held.y + held.height >= extent.height - by.y;

  it("has to be drawn before it is slid, and anew for another zoom or when it is slid too far", () => {
    expect(new Sheet().slide(at(10, 20))).toBeNull();
    expect(drawn().slide(at(10, 20, 1.1))).toBeNull();
    expect(drawn().slide(at(10 + 121, 20))).toBeNull();
    expect(drawn().slide(at(10, 20 - 120))).toMatchObject({ by: { x: 0, y: -120 } });
  });

  it("is drawn as far as whole pixels of the device, on which parts meet", () => {
    const whole = (at: number) => Math.abs(at - Math.round(at)) < 1e-6;
    for (const ratio of [1, 1.1, 1.25, 1.5, 2]) {
      const { x, y, width, height } = onPixels({ x: -13.3, y: 7, width: 41, height: 800.5 }, ratio);
      for (const at of [x, y, x + width, y + height]) {
        expect(whole((at + 120) * ratio)).toBe(true);
      }
      expect(x <= -13.3 && y <= 7 && x + width >= 27.7 && y + height >= 807.5).toBe(true);
      expect(width * height).toBeLessThan(43.1 * 802.6);
    }
  });

  it("is drawn where it comes into sight, and nowhere twice", () => {
    const sheet = drawn();
    const area = ({ width, height }: { width: number; height: number }) => width * height;
    let painted = area(view);
    for (const [x, y] of [[3, 0], [-50, 7], [-120, 120], [0, 0], [120, -120]] as const) {
      const slid = sheet.slide(at(10 + x, 20 + y));
      painted += sheet.grow(slid?.by ?? view, extent).reduce((sum, strip) => sum + area(strip), 0);
      expect(covers(sheet, { x, y })).toBe(true);
      expect(area(sheet.held)).toBe(painted);
    }
    expect(sheet.grow({ x: 60, y: 60 }, extent)).toEqual([]);
  });
});
