// What must hold of the Canvas: everybody is reachable, strangers stay text, and a change draws one node anew.

import { fireEvent } from "@testing-library/react";
import { Profiler } from "react";
import { describe, expect, it } from "vitest";

import { arrange } from "../layout/arrange";
import { org, profile, status, workspace } from "../testing/samples";
import { show } from "../testing/show";
import { Canvas } from "./Canvas";
import { ProfileContext } from "./profile-context";
import { target } from "./use-keys";
import { WorkspaceNode } from "./WorkspaceNode";

const at = { x: 0, y: 0, width: 240, height: 130, depth: 0, parent: null, children: [], inside: 0 };
const place = (id: string) => ({ id, ...at });

describe("the Canvas", () => {
  it("has every workspace, each reachable by keyboard and named", () => {
    const { say, getAllByRole, getByRole } = show(<Canvas profile="work" />);
    say(
      { kind: "live" },
      { kind: "status", status: status(profile("work")) },
      {
        kind: "org",
        org: org([
          workspace("lead", { name: "Lead" }),
          workspace("a", { name: "researcher", parent_id: "lead", remote: true, ours: true }),
        ]),
      },
    );
    const nodes = getAllByRole("article");
    expect(nodes.map((node) => node.getAttribute("aria-label"))).toEqual([
      "Lead, online, 1 workspace inside",
      "researcher, this laptop, remote, online",
    ]);
    // One stop of the Tab key for them all; it hands on to ours.
    const stop = getByRole("application");
    expect(stop.tabIndex).toBe(0);
    fireEvent.focusIn(stop);
    expect(nodes[1]?.textContent).toContain("★ REMOTE");
    expect(nodes[1]?.textContent).toContain("This laptop");
  });

  it("renders the one node that changed", () => {
    const rendered: string[] = [];
    const ids = ["a", "b", "c"];
    const { say } = show(
      <ProfileContext value="work">
        {ids.map((id) => (
          <Profiler key={id} id={id} onRender={() => rendered.push(id)}>
            <WorkspaceNode id={id} place={place(id)} near />
          </Profiler>
        ))}
      </ProfileContext>,
    );
    say({ kind: "org", org: org(ids.map((id) => workspace(id))) });
    rendered.length = 0;
    say({ kind: "org", org: org(ids.map((id) => workspace(id, id === "b" ? { active_tasks: 1 } : {}))) });
    expect(rendered).toEqual(["b"]);
    say({ kind: "org", org: org(ids.map((id) => workspace(id, id === "b" ? { active_tasks: 1 } : {}))) });
    expect(rendered).toEqual(["b"]);
  });

  it("shows strangers' text as text", () => {
    const markup = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    const { say, container } = show(<Canvas profile="work" />);
    const texts = { name: markup, role: markup, current_task: markup, error: markup, state: markup };
    say({ kind: "org", org: org([workspace("a", { ...texts, tier: 2 })], { note: markup, scope: "peers" }) });
    const node = container.querySelector("article");
    expect(node?.querySelectorAll("img, script")).toHaveLength(0);
    expect(container.querySelectorAll("img, script")).toHaveLength(0);
    expect([...(node?.querySelectorAll("bdi") ?? [])].map((each) => each.textContent)).toContain(markup);
  });

  it("says that the picture is an old one, and since when", () => {
    const { say, container } = show(<Canvas profile="work" />);
    const asOf = new Date(new Date().setHours(14, 3, 10, 0)).toISOString();
    const works = { kind: "status", status: status(profile("work")) } as const;
    say({ kind: "live" }, works, { kind: "org", org: org([workspace("a")]) });
    expect(container.textContent).not.toContain("As of");
    say({ kind: "org", org: org([workspace("a")], { live: false, as_of: asOf }) });
    expect(container.textContent).toContain("As of 14:03:10");
    expect(container.querySelector(".canvas-stale")).not.toBeNull();
    const failure = { code: "host_away", message: "The host does not answer", next: null, needs_user: false };
    const heard = new Date(new Date().setHours(15, 1, 2, 0));
    say({ kind: "org", org: org([workspace("a")]) }, { kind: "lost", heard, failure });
    expect(container.textContent).toContain("As of 15:01:02");
    say({ kind: "live" });
    expect(container.querySelector(".canvas-stale")).toBeNull();
  });

  it("says what is missing in the picture, once", () => {
    const { say, container } = show(<Canvas profile="work" />);
    say({ kind: "live" }, { kind: "org", org: org([workspace("a")], { scope: "peers", note: "only peers are shown" }) });
    expect(container.querySelector(".notes")?.textContent).toBe("Only peers are shown.");
    say({ kind: "org", org: org([workspace("a")], { live: false, note: "it does not run" }) });
    expect(container.querySelector(".notes")?.textContent).toMatch(/^As of .*It does not run\.$/);
    say({ kind: "org", org: org([workspace("a")]) });
    expect(container.querySelector(".notes")?.textContent).toBe("");
  });

  it("says why there is nothing to see", () => {
    const { say, container } = show(<Canvas profile="work" />);
    say({ kind: "status", status: status(profile("work")) });
    say({ kind: "org", org: org([], { as_of: null, live: false, note: "It cannot be read now." }) });
    expect(container.textContent).toContain("Asking the platform for the org…It cannot be read now.");
    const stopped = profile("work", {
      presence: { state: "stopped", since: "2026-01-02T03:00:00Z", reason: null, retry_at: null },
    });
    say({ kind: "status", status: status(stopped) });
    expect(container.textContent).toContain("Start the workspace");
    say({ kind: "org", org: org([]) });
    expect(container.textContent).toContain("No workspaces yet");
  });
});

describe("keys", () => {
  const layout = arrange([
    workspace("lead"),
    workspace("a", { parent_id: "lead" }),
    workspace("b", { parent_id: "lead" }),
  ]);

  it("lead into a team, out of it, and to the neighbour", () => {
    expect(target(layout, "lead", "Enter", false)).toBe("a");
    expect(target(layout, "a", "Enter", true)).toBe("lead");
    expect(target(layout, "a", "ArrowRight", false)).toBe("b");
    expect(target(layout, "a", "Enter", false)).toBeNull();
    expect(target(layout, "lead", "Enter", true)).toBeNull();
    expect(target(layout, "gone", "Enter", false)).toBeNull();
  });
});
