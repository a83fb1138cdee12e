import { describe, expect, it } from "vitest";

import type { Org } from "../generated/Org";
import type { Status } from "../generated/Status";
import { org, profile, status, workspace } from "../testing/samples";
import { apply, createModel, type Model } from "./model";

const start = () => createModel().getState();

function after(model: Model, news: { status?: Status; orgs?: Org[] }): Model {
  // As it comes from the host: nothing is the same object.
  const fresh = structuredClone(news);
  const orgs = new Map((fresh.orgs ?? []).map((each) => [each.profile, each]));
  return { ...model, ...apply(model, { ...(fresh.status && { status: fresh.status }), orgs }) };
}

describe("apply", () => {
  it("keeps every object that did not change", () => {
    const news = {
      status: status(profile("work"), profile("home")),
      orgs: [org([workspace("a"), workspace("b")])],
    };
    const first = after(start(), news);
    const second = after(first, news);
    expect(second.status).toBe(first.status);
    expect(second.orgs.work?.workspaces).toBe(first.orgs.work?.workspaces);
  });

  it("gives a new object to the workspace that changed, and to no other, and leaves the picture alone", () => {
    const first = after(start(), { orgs: [org([workspace("a"), workspace("b")])] });
    const second = after(first, { orgs: [org([workspace("b", { state: "offline" }), workspace("a")])] });
    const [before, now] = [first.orgs.work, second.orgs.work];
    expect(now?.workspaces.get("a")).toBe(before?.workspaces.get("a"));
    expect(now?.workspaces.get("b")?.state).toBe("offline");
    expect(now?.layout).toBe(before?.layout);
    expect(now?.online).toBe(1);
  });

  it("draws anew when somebody moves to another parent", () => {
    const first = after(start(), { orgs: [org([workspace("a"), workspace("b")])] });
    const second = after(first, { orgs: [org([workspace("a"), workspace("b", { parent_id: "a" })])] });
    expect(second.orgs.work?.layout.places.get("b")?.parent).toBe("a");
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
    const lost = apply(known, { connection: { kind: "lost", heard, failure }, orgs: new Map() });
    expect(lost.connection).toEqual({ state: "lost", heard, failure });
    expect(lost.orgs).toBe(known.orgs);
    expect(lost.status).toBe(known.status);
  });
});
