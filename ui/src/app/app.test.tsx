// What must hold of the window as a whole: what it shows of the host, which screen, and a hello to our own workspace.

import { fireEvent } from "@testing-library/react";
import { act } from "react";
import { afterEach, describe, expect, it } from "vitest";

import type { PresenceWord } from "../generated/PresenceWord";
import { HostFailure } from "../host/host";
import { org, profile, status, workspace } from "../testing/samples";
import { goTo, show } from "../testing/show";
import { App } from "./App";

afterEach(() => {
  goTo("");
});

const failure = { code: "some_code", message: "the reason", next: "do `this`", needs_user: false };

function present(state: PresenceWord, name = "work") {
  return profile(name, { presence: { state, since: "2026-01-02T03:00:00Z", reason: null, retry_at: null } });
}

/** The window with a profile in that state. */
function open(state: PresenceWord = "online") {
  const shown = show(<App />);
  shown.say(
    { kind: "live" },
    { kind: "status", status: status(present(state)) },
    { kind: "org", org: org([workspace("a", { ours: true })]) },
  );
  return shown;
}

describe("the window", () => {
  it("says what is missing while there is nothing to show", () => {
    const { say, container } = show(<App />);
    expect(container.textContent).toContain("Connecting to the host");
    say({ kind: "lost", heard: null, failure });
    expect(container.textContent).toContain("the reason");
    say({ kind: "live" }, { kind: "status", status: status() });
    expect(container.querySelector("h1")?.textContent).toBe("Bind this laptop to a workspace");
    say({ kind: "refused", failure });
    expect(container.textContent).toContain("the reason");
    expect(container.querySelector("code")?.textContent).toBe("this");
  });

  it("says every profile's presence and link, and shows the org of the chosen one", () => {
    const { say, getByRole, getAllByRole } = show(<App />);
    say(
      { kind: "live" },
      { kind: "status", status: status(present("online", "home"), present("needs_user", "work")) },
      { kind: "org", org: org([workspace("h", { name: "at home" })], { profile: "home" }) },
      { kind: "org", org: org([workspace("w", { name: "at work" })], { profile: "work" }) },
    );
    expect(getByRole("button", { name: /home.*Online.*Link up, 12 ms/ }).getAttribute("aria-pressed")).toBe("true");
    fireEvent.click(getByRole("button", { name: /work.*Needs you/ }));
    expect(getAllByRole("article").map((node) => node.getAttribute("aria-label"))).toEqual(["at work, online"]);
  });

  it("starts what is stopped and stops what runs, and says why it could not", async () => {
    const { say, host, getByRole, findByRole } = open("online");
    fireEvent.click(getByRole("button", { name: "Stop" }));
    await findByRole("button", { name: "Stop" });
    say({ kind: "status", status: status(present("stopped")) });
    host.turn = () => Promise.reject(new HostFailure(failure));
    fireEvent.click(getByRole("button", { name: "Start" }));
    expect((await findByRole("alert")).textContent).toBe("The reason.Do this.");
    expect(host.asked).toEqual(["stop work", "start work"]);
  });

  it("does nothing that the host cannot hear", () => {
    const { say, getByRole } = open();
    say({ kind: "lost", heard: new Date(), failure });
    expect(getByRole("button", { name: "Stop" })).toHaveProperty("disabled", true);
    expect(getByRole("button", { name: "Send" })).toHaveProperty("disabled", true);
  });

  it("shows what is wrong, the worst first, with the next step, and folds away what is only good to know", () => {
    const { say, container } = open();
    const item = (code: string, severity: "error" | "warning" | "info") => ({
      code,
      severity,
      title: `title ${code}`,
      detail: null,
      next: `next ${code}`,
    });
    const ill = status({ ...present("online"), health: [item("b", "warning"), item("c", "info")] });
    ill.host.health = [item("a", "error")];
    say({ kind: "status", status: ill });
    const notes = [...container.querySelectorAll(".note")].map((note) => note.textContent);
    expect(notes).toEqual(["Error: title anext a", "Warning: title bnext b", "Note: title cnext c"]);
    expect(container.querySelector("details")?.open).toBe(false);
    expect(container.querySelector("summary")?.textContent).toBe("1 note");
  });
});

describe("the screens", () => {
  it("are where the address says, and the rail marks the one that is shown", () => {
    const { getByRole } = open();
    for (const [fragment, name] of [
      ["#/logs", "Logs"],
      ["#/inspector", "Inspector"],
      ["#/health", "Health"],
      ["#/about", "About"],
      ["#/canvas", "Canvas"],
    ] as const) {
      goTo(fragment);
      expect(getByRole("heading", { level: 1 }).textContent).toBe(name);
      expect(getByRole("link", { current: "page" }).textContent).toContain(name);
      expect(document.title).toBe(`${name} · Ligand`);
    }
  });

  it("begin with adding a workspace where there is none, and whoever has begun that comes to its end", () => {
    const { say, getByRole, container } = show(<App />);
    say({ kind: "live" }, { kind: "status", status: status() });
    fireEvent.click(getByRole("radio", { name: /new workspace/ }));
    const next = container.querySelector("button[type=submit]");
    fireEvent.submit(next ?? container);
    say({ kind: "status", status: status(profile("work")) });
    expect(getByRole("heading", { level: 1 }).textContent).toBe("Make a workspace");
  });

  it("begin with the Canvas, and an address that names no screen leads there", () => {
    const { getByRole } = open();
    for (const fragment of ["", "#/", "#/<b>", "#/%E0%A4%A", "#canvas", "#/../logs"]) {
      goTo(fragment);
      expect(getByRole("heading", { level: 1 }).textContent).toBe("Canvas");
    }
  });

  it("open the workspace that the address names", async () => {
    const { store, findByRole } = open();
    goTo("#/workspace/a");
    await findByRole("heading", { level: 1, name: "Canvas" });
    expect(store.getState().looks.work).toMatchObject({ selected: "a", side: "workspace" });
  });

  it("say in the rail how many things need attention, notes left out", () => {
    const { say, getByRole } = open();
    const item = (severity: "error" | "warning" | "info") => ({
      code: severity,
      severity,
      title: "",
      detail: null,
      next: "",
    });
    const ill = status({ ...present("online"), health: [item("warning"), item("info")] });
    ill.host.health = [item("error")];
    say({ kind: "status", status: ill });
    expect(getByRole("link", { name: /^Health/ }).textContent).toContain(": 2 things need attention");
  });
});

describe("say hello", () => {
  it("shows that it waits, then the answer as text and where its time went", async () => {
    const { host, getByRole, findByText, container } = open();
    let answer: (text: string) => void = () => undefined;
    host.answer = () =>
      new Promise((resolve) => {
        answer = (text) => {
          resolve({ answer: text, total_ms: 413, platform_ms: 231, tunnel_ms: 12.3, agent_ms: 9.1 });
        };
      });
    const field = getByRole("textbox");
    fireEvent.change(field, { target: { value: "  are you there? " } });
    fireEvent.keyDown(field, { key: "Enter" });
    expect(host.asked).toEqual(["send work are you there?"]);
    getByRole("progressbar");
    fireEvent.keyDown(field, { key: "Enter" });
    expect(host.asked).toHaveLength(1);
    await act(async () => {
      answer("<b>yes</b>");
      await Promise.resolve();
    });
    await findByText("<b>yes</b>");
    const times = [...container.querySelectorAll(".answer-times > div")].map((each) => each.textContent);
    expect(times).toEqual(["total413 ms", "platform231 ms", "tunnel12 ms", "agent9.1 ms"]);
  });

  it("says why there is no answer, and what next", async () => {
    const { host, getByRole, findByRole } = open();
    host.answer = () => Promise.reject(new HostFailure(failure));
    fireEvent.click(getByRole("button", { name: "Send" }));
    expect((await findByRole("alert")).textContent).toBe("The reason.Do this.");
  });

  it("makes a new line with Shift+Enter and sends nothing empty or to a stopped workspace", () => {
    const { host, say, getByRole } = open();
    const field = getByRole("textbox");
    fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
    fireEvent.change(field, { target: { value: "  " } });
    fireEvent.keyDown(field, { key: "Enter" });
    fireEvent.change(field, { target: { value: "hi" } });
    say({ kind: "status", status: status(present("stopped")) });
    fireEvent.keyDown(field, { key: "Enter" });
    expect(host.asked).toEqual([]);
  });
});
