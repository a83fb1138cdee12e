import { describe, expect, it } from "vitest";

import { org, profile, status, workspace } from "../testing/samples";
import { coalesce, type Batch } from "./coalesce";

function setup() {
  const frames: (() => void)[] = [];
  const commits: Batch[] = [];
  const hear = coalesce(
    (batch) => commits.push(batch),
    (callback) => frames.push(callback),
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
    expect(commits[0]?.orgs.get("work")?.workspaces[0]?.id).toBe("w999");
    expect(commits[0]?.orgs.size).toBe(2);
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
