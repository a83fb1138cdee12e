// The org as changes build it, the same as one that was loaded whole.

import { describe, expect, it, vi } from "vitest";

import type { Org } from "../generated/Org";
import type { OrgChange } from "../generated/OrgChange";
import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { FakeHost } from "../testing/fake-host";
import { org, profile, seeded, status, workspace } from "../testing/samples";
import { coalesce } from "./coalesce";
import { commit } from "./commit";
import { createModel } from "./model";
import { wholeNews, withChange } from "./news";
import { OrgStore } from "./org-store";

function change(since: number, changes: Partial<OrgChange> = {}): OrgChange {
  return {
    profile: "work",
    since,
    revision: since + 1,
    as_of: "2026-01-02T03:04:05Z",
    head: null,
    changed: [],
    beats: [],
    removed: [],
    order: null,
    ...changes,
  };
}

function known(...workspaces: OrgWorkspace[]): OrgStore {
  const store = new OrgStore();
  store.take(wholeNews(org(workspaces)));
  return store;
}

/** The org as a value, to be compared. */
function picture({ view }: OrgStore) {
  const byId = <T>(entries: Iterable<readonly [string, T]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    workspaces: byId(view.workspaces),
    counts: byId(Object.entries(view.counts)),
    drawn: [...view.layout.places.keys()].sort(),
    parents: byId([...view.layout.places].map(([id, { parent }]) => [id, parent] as const)),
  };
}

describe("an org", () => {
  it("ends in the same model after any changes as after a fresh load, however they fall into frames", () => {
    const random = seeded(5);
    const states = ["online", "offline", "failed", "of the future"];
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
    for (let round = 0; round < 30; round++) {
      let rows = Array.from({ length: 12 }, (_, at) => workspace(`w${at}`));
      let revision = 1;
      const store = known(...rows);
      for (let frame = 0; frame < 8; frame++) {
        let news = random() < 0.15 ? wholeNews(org(rows, { revision: ++revision })) : undefined;
        for (let step = 0; step < 1 + Math.floor(random() * 4); step++) {
          const ids = rows.map(({ id }) => id);
          const id = pick([...ids, `new${frame}${step}`]);
          const before = rows.find((row) => row.id === id);
          const what = random();
          if (before && what < 0.2) {
            rows = rows.filter((row) => row !== before);
            news = withChange(news, change(revision, { removed: [id] }));
          } else if (before && what < 0.4) {
            const now = { ...before, last_seen: `t${revision}` };
            rows = rows.map((row) => (row === before ? now : row));
            news = withChange(news, change(revision, { beats: [{ id, last_seen: `t${revision}` }] }));
          } else {
            const now = workspace(id, { state: pick(states), parent_id: pick([null, ...ids]) });
            rows = before ? rows.map((row) => (row === before ? now : row)) : [...rows, now];
            news = withChange(news, change(revision, { changed: [now] }));
          }
          revision += 1;
        }
        expect(news && store.take(news)).toBe(true);
        expect(picture(store)).toEqual(picture(known(...rows)));
      }
    }
  });

  it("tells of signs of life together and whoever shows that workspace alone, and knows the newest at once", () => {
    vi.useFakeTimers();
    const store = known(workspace("a"), workspace("b"));
    const { view } = store;
    const [a, b, whole] = [vi.fn(), vi.fn(), vi.fn()];
    store.listenTo("a", a);
    store.listenTo("b", b);
    store.listen(whole);
    for (const [since, seen] of [[1, "then"], [2, "now"]] as const) {
      store.take(withChange(undefined, change(since, { beats: [{ id: "a", last_seen: seen }] })));
      expect(store.view.workspaces.get("a")?.last_seen).toBe(seen);
    }
    expect(a).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect([a, b, whole].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 0]);
    expect(store.view).toBe(view);
    vi.useRealTimers();
  });

  it("takes nothing that does not follow what it knows, and nothing old again", () => {
    const store = known(workspace("a"));
    const later = change(5, { changed: [workspace("a", { state: "failed" })] });
    expect(store.take(withChange(undefined, later))).toBe(false);
    const torn = withChange(withChange(undefined, change(1)), later);
    expect(store.take(torn)).toBe(false);
    const old = change(-3, { changed: [workspace("a", { state: "failed" })] });
    expect(store.take(withChange(undefined, old))).toBe(true);
    expect(store.view.workspaces.get("a")?.state).toBe("online");
  });

  it("counts a state whose name is a word of ours", () => {
    const store = known(workspace("a", { state: "__proto__" }), workspace("b", { state: "constructor" }));
    expect(Object.keys(store.view.counts).sort()).toEqual(["__proto__", "constructor"]);
  });
});

describe("who missed a change", () => {
  it("asks for the whole, once at a time", async () => {
    const [store, host] = [createModel(), new FakeHost()];
    let answer: (whole: Org) => void = () => undefined;
    host.whole = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const frames: (() => void)[] = [];
    host.subscribe(
      coalesce(
        (batch) => {
          commit(store, host, batch);
        },
        (callback) => frames.push(callback),
        () => true,
      ),
    );
    const frame = () => {
      frames.splice(0).forEach((each) => {
        each();
      });
    };
    host.tell({ kind: "status", status: status(profile("work")) }, { kind: "org", org: org([workspace("a")]) });
    frame();
    for (const since of [7, 8]) {
      host.tell({ kind: "org_change", change: change(since) });
      frame();
    }
    expect(host.asked).toEqual(["org work"]);
    answer(org([workspace("b")], { revision: 9 }));
    await vi.waitFor(() => {
      expect([...(store.getState().orgs.work?.view.workspaces.keys() ?? [])]).toEqual(["b"]);
    });
    host.tell({ kind: "org_change", change: change(9, { changed: [workspace("c")] }) });
    frame();
    expect(store.getState().orgs.work?.view.workspaces.size).toBe(2);
    expect(host.asked).toEqual(["org work"]);
  });
});
