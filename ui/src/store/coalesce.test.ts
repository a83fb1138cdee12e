// Many events, one commit per frame.

import { describe, expect, it } from "vitest";

import { org, profile, status, workspace } from "../testing/samples";
import { coalesce, type Batch } from "./coalesce";

const beat = (since: number) => ({
  kind: "org_change" as const,
  change: {
    profile: "work",
    since,
    revision: since + 1,
    as_of: "2026-01-02T03:04:05Z",
    head: null,
    changed: [],
    beats: [{ id: "a", last_seen: "2026-01-02T03:04:05Z" }],
    removed: [],
    order: null,
  },
});

function setup(hidden = false) {
  const frames: (() => void)[] = [];
  const commits: Batch[] = [];
  const hear = coalesce(
    (batch) => commits.push(batch),
    (callback) => frames.push(callback),
    () => hidden,
  );
  const frame = () => { frames.splice(0).forEach((callback) => { callback(); }); };
  return { frames, commits, hear, frame };
}

describe("coalesce", () => {
  it("commits once per frame, with the newest of each thing", () => {
    const { frames, commits, hear, frame } = setup();
    const [first, second] = [status(profile("a")), status(profile("b"))];
    hear({ kind: "live" });
    for (let at = 0; at < 1000; at++) {
      hear({ kind: "org", org: org([workspace(`w${at}`)]) });
    }
    hear({ kind: "status", status: first });
    hear({ kind: "status", status: second });
    hear({ kind: "org", org: org([], { profile: "other" }) });
    expect(frames).toHaveLength(1);
    expect(commits).toEqual([]);
    frame();
    expect(commits).toHaveLength(1);
    expect(commits[0]?.status).toBe(second);
    expect(commits[0]?.connection).toEqual({ kind: "live" });
    expect(commits[0]?.orgs.get("work")?.whole?.workspaces[0]?.id).toBe("w999");
    expect(commits[0]?.orgs.size).toBe(2);
  });

  it("asks for no frame for a sign of life, but lets it overtake nothing", () => {
    const { frames, commits, hear, frame } = setup();
    hear(beat(1));
    expect([frames.length, commits.length]).toEqual([0, 1]);
    hear({ kind: "org", org: org([workspace("a")], { revision: 2 }) });
    hear(beat(2));
    expect([frames.length, commits.length]).toEqual([1, 1]);
    frame();
    expect(commits[1]?.orgs.get("work")).toMatchObject({ revision: 3, whole: { revision: 2 } });
  });

  it("does nothing while nobody looks, but keeps what it has to say then", () => {
    const { commits, hear, frame } = setup(true);
    hear(beat(1));
    hear(beat(2));
    expect(commits).toEqual([]);
    frame();
    expect(commits.map(({ orgs }) => orgs.get("work")?.revision)).toEqual([3]);
  });

  it("asks for a new frame after a commit, and for none without events", () => {
    const { frames, commits, hear, frame } = setup();
    hear({ kind: "live" });
    frame();
    expect(frames).toHaveLength(0);
    hear({ kind: "live" });
    frame();
    expect(commits).toHaveLength(2);
  });
});
