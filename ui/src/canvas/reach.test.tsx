// Ways to a workspace: keys, search, list and counts.

import { act, fireEvent } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { App } from "../app/App";
import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { org, profile, status, workspace } from "../testing/samples";
import { show } from "../testing/show";

/** The whole window with an org. */
function open(...workspaces: OrgWorkspace[]) {
  const shown = show(<App />);
  const say = (...rows: OrgWorkspace[]) => {
    shown.say({ kind: "org", org: org(rows, { revision: 2 }) });
  };
  shown.say(
    { kind: "live" },
    { kind: "status", status: status(profile("work")) },
    { kind: "org", org: org(workspaces) },
  );
  const focused = () => document.activeElement?.getAttribute("aria-label") ?? null;
  const press = (key: string, more: object = {}) => {
    fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
  };
  return { ...shown, says: say, focused, press };
}

const team = [
  workspace("lead", { name: "Lead" }),
  workspace("a", { name: "Ada", parent_id: "lead", ours: true, skills: ["rust"] }),
  workspace("b", { name: "Bob", parent_id: "lead", state: "failed", role: "tester" }),
];

/** Gives the keyboard to one. */
function focus(container: HTMLElement, id: string) {
  act(() => {
    container.querySelector<HTMLElement>(`[data-workspace="${id}"]`)?.focus();
  });
}

describe("by keyboard", () => {
  it("one goes to the neighbour, out of the team and into it, and opens and closes one", () => {
    const { container, focused, press, getByRole, queryByRole } = open(...team);
    focus(container, "a");
    press("ArrowRight");
    expect(focused()).toBe("Bob, failed");
    press("Enter", { shiftKey: true });
    expect(focused()).toMatch(/^Lead/);
    press("Enter");
    expect(focused()).toMatch(/^Ada/);
    press(" ");
    expect(getByRole("tab", { selected: true }).textContent).toBe("Ada");
    expect(focused()).toMatch(/^Ada/);
    press("Escape");
    expect(queryByRole("tab", { name: "Ada" })).toBeNull();
  });

  it("no update takes it away: who goes hands it to the team, and then to the map", async () => {
    const { container, focused, says } = open(...team);
    focus(container, "b");
    says(...team.map((row) => ({ ...row, active_tasks: 3 })));
    expect(focused()).toBe("Bob, failed, 3 tasks");
    says(...team.slice(0, 2));
    await vi.waitFor(() => {
      expect(focused()).toMatch(/^Lead/);
    });
    says(workspace("other"));
    expect(document.activeElement?.getAttribute("role")).toBe("application");
  });

  it("a team is collapsed and expanded, and kept so by the host", () => {
    const { container, press, host, queryByLabelText } = open(...team);
    focus(container, "lead");
    press("c");
    expect(queryByLabelText(/^Ada/)).toBeNull();
    press("c");
    expect(queryByLabelText(/^Ada/)).not.toBeNull();
    expect(host.asked).toEqual([
      'rearrange work {"collapsed":{"lead":true}}',
      'rearrange work {"collapsed":{"lead":false}}',
    ]);
  });
});

describe("the view", () => {
  it("has a button that shows the team whole whose details are open, and none for who has nobody inside", () => {
    const { container, press, queryByRole } = open(...team);
    const button = () => queryByRole("button", { name: "Show this team whole" });
    focus(container, "a");
    press(" ");
    expect(button()).toBeNull();
    press("Enter", { shiftKey: true });
    press(" ");
    expect(button()).not.toBeNull();
  });
});

describe("the search", () => {
  const search = (text: string) => {
    const shown = open(...team);
    shown.press("k", { ctrlKey: true });
    const field = shown.getByRole("combobox");
    fireEvent.change(field, { target: { value: text } });
    const names = () => shown.getAllByRole("option").map((option) => option.querySelector("bdi")?.textContent);
    return { ...shown, field, names };
  };

  it.each([
    ["bo", "Bob"],
    ["tester", "Bob"],
    ["failed", "Bob"],
    ["RUST", "Ada"],
    ["this laptop", "Ada"],
  ])("finds by %s", (text, name) => {
    expect(search(text).names()).toEqual([name]);
  });

  it("opens with a slash, but not while somebody writes", () => {
    const { press, queryByRole, getByRole } = open(...team);
    getByRole("textbox").focus();
    press("/");
    expect(queryByRole("combobox")).toBeNull();
    act(() => {
      (document.activeElement as HTMLElement).blur();
    });
    press("/");
    expect(queryByRole("combobox")).not.toBeNull();
  });

  it("goes to who was found, also into a collapsed team", async () => {
    const { field, container, press, findByRole, focused, queryByRole } = search("");
    fireEvent.keyDown(field, { key: "Escape" });
    fireEvent(queryByRole("dialog", { hidden: true }) ?? container, new Event("close"));
    focus(container, "lead");
    press("c");
    press("/");
    const again = await findByRole("combobox");
    fireEvent.change(again, { target: { value: "bob" } });
    fireEvent.keyDown(again, { key: "Enter" });
    await findByRole("tab", { name: "Bob" });
    await vi.waitFor(() => {
      expect(focused()).toBe("Bob, failed");
    });
  });

  it("says when nobody is meant", () => {
    const { container, field } = search("nobody is called so");
    expect(container.textContent).toContain("No workspaces match");
    expect(field.getAttribute("aria-activedescendant")).toBeNull();
  });
});

describe("the list", () => {
  it("has the same data, sorted by any column, and opens one", () => {
    const { getByRole, getAllByRole } = open(...team);
    fireEvent.click(getByRole("button", { name: "List" }));
    const names = () => getAllByRole("rowheader").map((cell) => cell.querySelector("bdi")?.textContent);
    expect(names()).toEqual(["Ada", "Bob", "Lead"]);
    fireEvent.click(getByRole("button", { name: "Name" }));
    expect(names()).toEqual(["Lead", "Bob", "Ada"]);
    expect(getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBe("descending");
    fireEvent.click(getByRole("button", { name: "State" }));
    expect(names()).toEqual(["Bob", "Ada", "Lead"]);
    fireEvent.click(getByRole("button", { name: "Bob" }));
    expect(getByRole("tab", { selected: true }).textContent).toBe("Bob");
  });

  it("of a thousand has elements for some, and says how many there are", () => {
    const many = Array.from({ length: 1_000 }, (_, at) => workspace(`w${at}`));
    const { getByRole, getAllByRole } = open(...many);
    fireEvent.click(getByRole("button", { name: "List" }));
    expect(getAllByRole("rowheader").length).toBeLessThan(200);
    expect(getByRole("table").getAttribute("aria-rowcount")).toBe("1001");
  });
});

describe("the counts", () => {
  it("filter by state, in the list too", () => {
    const { container, getByRole, getAllByRole } = open(...team);
    const failed = getByRole("button", { name: /1\s*Failed/ });
    fireEvent.click(failed);
    expect(failed.getAttribute("aria-pressed")).toBe("true");
    expect([...container.querySelectorAll(".node-faint")].map((node) => node.getAttribute("data-workspace"))).toEqual([
      "lead",
      "a",
    ]);
    fireEvent.click(getByRole("button", { name: "List" }));
    expect(getAllByRole("rowheader")).toHaveLength(1);
    fireEvent.click(getByRole("button", { name: "Show all" }));
    expect(getAllByRole("rowheader")).toHaveLength(3);
  });
});

describe("whatever the data is", () => {
  const states = "online offline awaiting_agent provisioning degraded failed paused hibernating hibernated removed";

  it.each([
    ["a circle of parents", [workspace("a", { parent_id: "b" }), workspace("b", { parent_id: "a" })]],
    ["its own parent", [workspace("a", { parent_id: "a" })]],
    ["a parent that nobody knows", [workspace("a", { parent_id: "gone" })]],
    ["every state and an unknown one", [...states.split(" "), "of the future"].map((state) => workspace(state, { state }))],
    [
      "seven levels of teams",
      Array.from({ length: 8 }, (_, at) => workspace(`w${at}`, { parent_id: at > 0 ? `w${at - 1}` : null })),
    ],
    ["an org of one", [workspace("a")]],
    [
      "names of every kind",
      ["x".repeat(200), "שלום עולם", "👩‍🔬🧪", "<b>markup</b>", "", "\u202eevil"].map((name, at) =>
        workspace(`w${at}`, { name }),
      ),
    ],
  ])("%s is shown whole", (_, rows) => {
    const { container } = open(...rows);
    const shown = [...container.querySelectorAll("[data-workspace]")].map((node) => node.getAttribute("data-workspace"));
    expect(shown.sort()).toEqual(rows.map(({ id }) => id).sort());
    expect(container.querySelectorAll(".node b, .node script")).toHaveLength(0);
  });
});
