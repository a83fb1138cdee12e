// What events make of the model: only what changed is a new object.

import { describe, expect, it } from "vitest";

import type { Org } from "../generated/Org";
import type { Status } from "../generated/Status";
import { org, profile, status, workspace } from "../testing/samples";
import { FakeHost } from "../testing/fake-host";
import type { Batch } from "./coalesce";
import { commit } from "./commit";
import { createModel, type Model } from "./model";
import { wholeNews } from "./news";

const start = () => createModel().getState();

const none = (): Batch => ({ orgs: new Map(), threads: new Map(), arrangements: new Map() });

function committed(model: Model, batch: Batch): Model {
  const store = createModel();
  store.setState(model);
  commit(store, new FakeHost(), batch);
  return store.getState();
}

function after(model: Model, news: { status?: Status; orgs?: Org[] }): Model {
  // As it comes from the host: nothing is the same object.
  const fresh = structuredClone(news);
  const orgs = new Map((fresh.orgs ?? []).map((each) => [each.profile, wholeNews(each)]));
  return committed(model, { ...none(), ...(fresh.status && { status: fresh.status }), orgs });
}

describe("apply", () => {
  it("keeps every object that did not change", () => {
    const news = {
      status: status(profile("work"), profile("home")),
      orgs: [org([workspace("a"), workspace("b")])],
    };
    const first = after(start(), news);
    const workspaces = new Map(first.orgs.work?.view.workspaces);
    const layout = first.orgs.work?.view.layout;
    const second = after(first, news);
    expect(second.status).toBe(first.status);
    expect(second.orgs.work?.view.layout).toBe(layout);
    for (const [id, workspace] of workspaces) {
      expect(second.orgs.work?.view.workspaces.get(id)).toBe(workspace);
    }
  });

  it("gives a new object to the workspace that changed, and to no other, and leaves the picture alone", () => {
    const first = after(start(), { orgs: [org([workspace("a"), workspace("b")])] });
    const [a, layout] = [first.orgs.work?.view.workspaces.get("a"), first.orgs.work?.view.layout];
    const second = after(first, { orgs: [org([workspace("b", { state: "offline" }), workspace("a")])] });
    const now = second.orgs.work?.view;
    expect(now?.workspaces.get("a")).toBe(a);
    expect(now?.workspaces.get("b")?.state).toBe("offline");
    expect(now?.layout).toBe(layout);
    expect(now?.counts).toEqual({ online: 1, offline: 1 });
  });

  it("draws anew when somebody moves to another parent", () => {
    const first = after(start(), { orgs: [org([workspace("a"), workspace("b")])] });
    const second = after(first, { orgs: [org([workspace("a"), workspace("b", { parent_id: "a" })])] });
    expect(second.orgs.work?.view.layout.places.get("b")?.parent).toBe("a");
  });

  it("shows the first profile until another is chosen, and again when that one is gone", () => {
    const both = status(profile("home"), profile("work"));
    const first = after(start(), { status: both });
    expect(first.chosen).toBe("home");
    const chosen = after({ ...first, chosen: "work" }, { status: both });
    expect(chosen.chosen).toBe("work");
    expect(after(chosen, { status: status(profile("home")) }).chosen).toBe("home");
    expect(after(chosen, { status: status() }).chosen).toBeNull();
  });

  it("forgets the org of a profile that is gone, and keeps one that comes before its status", () => {
    const early = after(start(), { orgs: [org([workspace("a")])] });
    expect(early.orgs.work).toBeDefined();
    const named = after(early, { status: status(profile("work")) });
    expect(named.orgs.work).toBeDefined();
    expect(after(named, { status: status(profile("home")) }).orgs.work).toBeUndefined();
  });

  it("keeps what was known when the host is lost", () => {
    const known = after(start(), { status: status(profile("work")), orgs: [org([workspace("a")])] });
    const failure = { code: "host_away", message: "The host does not answer", next: null, needs_user: false };
    const heard = new Date(0);
    const lost = committed(known, { ...none(), connection: { kind: "lost", heard, failure } });
    expect(lost.connection).toEqual({ state: "lost", heard, failure });
    expect(lost.orgs).toBe(known.orgs);
    expect(lost.status).toBe(known.status);
  });
});
