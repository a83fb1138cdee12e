// What must hold of a workspace's details: its talk, its past, and who is to be asked.

import { fireEvent, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { App } from "../app/App";
import type { Message } from "../generated/Message";
import type { Org } from "../generated/Org";
import type { StateChange } from "../generated/StateChange";
import { HostFailure } from "../host/host";
import { org, profile, status, workspace } from "../testing/samples";
import { show } from "../testing/show";

const rows = [workspace("a", { name: "Ada" }), workspace("b", { name: "Bob", ours: true })];

function open(changes: Partial<Org> = {}) {
  const shown = show(<App />);
  shown.host.detail = () =>
    Promise.resolve({
      workspace: null,
      card: {
        name: "Ada",
        description: "Counts",
        version: "2",
        provider: null,
        modes: ["text"],
        skills: [{ name: "sums", description: "adds up", tags: [] }],
      },
      no_card: null,
      activity: null,
      no_activity: "only the org key shows it",
      canvas_url: "https://acme.example",
    });
  shown.say(
    { kind: "live" },
    { kind: "status", status: status(profile("work")) },
    { kind: "org", org: org(rows, changes) },
  );
  return shown;
}

/** Opens a workspace by the list. */
function choose({ getByRole }: ReturnType<typeof open>, name: string) {
  fireEvent.click(getByRole("button", { name: "List" }));
  fireEvent.click(getByRole("button", { name }));
}

const message = (number: number, changes: Partial<Message> = {}): Message => ({
  number,
  at: "2026-01-02T03:04:05Z",
  by: "human",
  text: `message ${number}`,
  cut: false,
  files: 0,
  state: null,
  note: null,
  code: null,
  answers: null,
  ...changes,
});

const thread = (...messages: Message[]) =>
  ({ kind: "thread", thread: { profile: "work", workspace: "a", messages, cut: false } }) as const;

const step = (number: number, changes: Partial<StateChange> = {}): StateChange => ({
  number,
  at: "2026-01-02T03:04:05Z",
  workspace: "a",
  name: "Ada",
  from: "online",
  to: "offline",
  error: null,
  seen_late: false,
  ...changes,
});

describe("the details", () => {
  it("say what the card says, and why there is no more", async () => {
    const shown = open();
    choose(shown, "Ada");
    await shown.findByText("sums");
    expect(shown.container.textContent).toContain("Only the org key shows it.");
    expect(shown.getByRole("link", { name: "Open in the platform" }).getAttribute("href")).toBe("https://acme.example");
    expect(shown.queryByText("Deliveries")).toBeNull();
  });

  it("of our own have its deliveries, its logs and a restart", async () => {
    const shown = open();
    choose(shown, "Bob");
    await shown.findByText("Deliveries");
    const details = within(shown.getByRole("region", { name: "About" }));
    expect(details.getByRole("link", { name: "Logs" }).getAttribute("href")).toBe("#/logs/work");
    fireEvent.click(shown.getByRole("button", { name: "Restart" }));
    expect(shown.host.asked).toContain("restart work");
    await shown.findByRole("button", { name: "Restart" });
  });

  it("say that a workspace is gone", async () => {
    const shown = open();
    choose(shown, "Ada");
    shown.say({ kind: "org", org: org([rows[1] ?? workspace("b")], { revision: 2 }) });
    expect(shown.container.textContent).toContain("not in the org any more");
    await vi.waitFor(() => {
      expect(shown.host.asked).toContain("workspace work a");
    });
  });
});

describe("a talk", () => {
  it("says in whose name, sends, and shows what became of it until the answer is there", async () => {
    const shown = open({ speaks_as: "workspace" });
    choose(shown, "Ada");
    const field = shown.getByRole("textbox", { name: "Message to this workspace" });
    expect(shown.container.textContent).toContain("Our workspace speaks: researcher.");
    shown.host.said = () => Promise.resolve(message(1));
    fireEvent.change(field, { target: { value: " hello " } });
    fireEvent.keyDown(field, { key: "Enter" });
    expect(shown.host.asked).toContain("say work a hello");
    const log = () => within(shown.getByRole("log")).getAllByRole("listitem").map((item) => item.textContent);
    shown.say(thread(message(1, { state: "queued", note: "it is away" })));
    expect(log()[0]).toContain("Queued: the answer comes when it is back. It is away.");
    shown.say(thread(message(1, { state: "answered" }), message(2, { by: "agent", text: "**yes** <img src=x>" })));
    expect(log()[1]).toContain("yes <img src=x>");
    expect(shown.getByRole("log").querySelector("strong + time, .markdown strong")).not.toBeNull();
    expect(shown.getByRole("log").querySelector("img")).toBeNull();
    await vi.waitFor(() => {
      expect((field as HTMLTextAreaElement).value).toBe("");
    });
  });

  it("loses no text that could not be said, and says why", async () => {
    const shown = open();
    choose(shown, "Ada");
    shown.host.said = () =>
      Promise.reject(new HostFailure({ code: "away", message: "nobody hears", next: "wait", needs_user: false }));
    const field = shown.getByRole("textbox", { name: "Message to this workspace" });
    fireEvent.change(field, { target: { value: "hello" } });
    fireEvent.click(shown.getByRole("button", { name: "Say" }));
    expect((await shown.findByRole("alert")).textContent).toBe("Nobody hears.Wait.");
    expect((field as HTMLTextAreaElement).value).toBe("hello");
  });
});

describe("attention", () => {
  it("a timeline has the changes, newest first, and each opens its workspace", async () => {
    const shown = open();
    shown.host.past = { changes: [step(1), step(2, { from: "offline", to: "online" })], more: false, absences: [] };
    shown.say({ kind: "org", org: org(rows, { revision: 2, history: 2 }) });
    fireEvent.click(shown.getByRole("tab", { name: /Timeline/ }));
    const steps = await shown.findAllByRole("button", { name: /Ada.*→/ }, { timeout: 5_000 });
    expect(steps.map((each) => each.querySelector(".moment-change")?.textContent)).toEqual([
      "Offline → Online",
      "Online → Offline",
    ]);
    const first = steps[0];
    if (first) {
      fireEvent.click(first);
    }
    expect(shown.getByRole("tab", { selected: true }).textContent).toBe("Ada");
  });

  it("approvals that wait are a quiet banner, and each opens its workspace", async () => {
    const approval = { id: "1", workspace: "a", name: "Ada", action: "deploy", reason: "why not", at: "2026-01-02T03:04:05Z" };
    const shown = open({ approvals: [approval] });
    expect(shown.container.textContent).toContain("1 approval waits for a person");
    const there = shown.getByRole("link", { name: "Decide there", hidden: true });
    expect(there.getAttribute("href")).toBe("https://acme.example");
    fireEvent.click(shown.getByRole("button", { name: /deploy/, hidden: true }));
    expect(shown.getByRole("tab", { selected: true }).textContent).toBe("Ada");
    await shown.findByText("sums");
  });

  it("says that the picture was kept from the last time", () => {
    const shown = open({ live: false, from_snapshot: true, note: "it is not heard" });
    expect(shown.container.querySelector(".notes")?.textContent).toContain("Kept from the last time.");
  });
});

describe("an org key", () => {
  const offered = (changes: Partial<Org>) => {
    const shown = open(changes);
    return { shown, offer: () => shown.queryByText("Add an org key") };
  };

  it("is offered where the whole org is not seen, and nowhere else", () => {
    expect(offered({ scope: "org" }).offer()).toBeNull();
    const { shown, offer } = offered({ scope: "peers" });
    expect(offer()).not.toBeNull();
    shown.say({ kind: "org", org: org(rows, { revision: 2, scope: "org" }) });
    expect(offer()).toBeNull();
    expect(offered({ scope: "self", as_of: null }).offer()).toBeNull();
  });

  it("is handed to the host, which asks before it keeps it, and is told why it was not kept", async () => {
    const { shown } = offered({ scope: "peers" });
    const field = shown.getByLabelText("Org key");
    expect(field.getAttribute("type")).toBe("password");
    fireEvent.change(field, { target: { value: "the-key" } });
    shown.host.reply = (wanted) => {
      expect(wanted.body).toEqual({ method: "PUT", path: "/v1/profiles/work/org-key", body: { org_key: "the-key" } });
      return Promise.reject(
        new HostFailure({ code: "unauthorized", message: "it does not take it", next: "check it", needs_user: true }),
      );
    };
    fireEvent.click(shown.getByRole("button", { name: "Keep it", hidden: true }));
    expect((await shown.findByRole("alert", { hidden: true })).textContent).toBe("It does not take it.Check it.");
    expect(shown.host.asked).toContain("POST /v1/admin");
  });
});

describe("an org key that is refused", () => {
  it("can be replaced and forgotten, and one that was never given only added", async () => {
    const shown = open({ scope: "peers", key_refused: true });
    expect(shown.getByText("Replace or forget the org key")).toBeTruthy();
    shown.host.reply = ({ body }) => {
      expect(body).toEqual({ method: "POST", path: "/v1/profiles/work/org-key/forget" });
      return Promise.resolve(null);
    };
    fireEvent.click(shown.getByRole("button", { name: "Forget it: Org key", hidden: true }));
    await vi.waitFor(() => {
      expect(shown.host.asked).toContain("POST /v1/admin");
    });
    shown.say({ kind: "org", org: org(rows, { revision: 2, scope: "peers" }) });
    expect(shown.getByText("Add an org key")).toBeTruthy();
    expect(shown.queryByRole("button", { name: "Forget it: Org key", hidden: true })).toBeNull();
  });
});

describe("an absence", () => {
  const away = { from: "2026-01-02T01:00:00Z", until: "2026-01-02T08:00:00Z", after: 0, through: 1 };
  const told = (history: number) => {
    const shown = open({ history });
    shown.host.past = { changes: [step(1)], more: false, absences: [away] };
    return shown;
  };
  const banner = /1 change while nobody looked/;

  it("is told, also when nothing had happened before it, until the user has put it away or seen the timeline", async () => {
    const shown = told(0);
    shown.say({ kind: "org", org: org(rows, { revision: 2, history: 1 }) });
    await shown.findByText(banner, undefined, { timeout: 5_000 });
    expect(shown.getByRole("tab", { name: /Timeline/ }).textContent).toBe("Timeline1");
    fireEvent.click(shown.getByRole("button", { name: "Show" }));
    expect(shown.queryByText(banner)).toBeNull();
    expect(shown.getByRole("tab", { selected: true }).textContent).toBe("Timeline");
  });

  it("is told by a window that was opened afterwards, once", async () => {
    const first = told(1);
    await first.findByText(banner, undefined, { timeout: 5_000 });
    expect(first.getByRole("tab", { name: /Timeline/ }).textContent).toBe("Timeline");
    fireEvent.click(first.getByRole("button", { name: "Not now" }));
    expect(first.queryByText(banner)).toBeNull();
    first.unmount();
    const second = told(1);
    fireEvent.click(second.getByRole("tab", { name: /Timeline/ }));
    await second.findByText(/1 change\./, undefined, { timeout: 5_000 });
    expect(second.queryByText(banner)).toBeNull();
  });
});
