// The way to a new workspace, door by door, and what a link may do there: nothing.

import { fireEvent } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { HostFailure } from "../host/host";
import { BLOCK, ID, open, TOKEN } from "../testing/onboarding";
import { profile, status } from "../testing/samples";

describe("adding a workspace", () => {
  it("goes from a pasted block to the Canvas, and sends everything in one request at the end", async () => {
    const { next, pick, type, title, sent, say, findByRole, getByRole, container, getByText } = open();
    next();
    expect(title()).toBe("Bind this laptop to a workspace");
    pick(/connection block/);
    next();
    expect(document.activeElement?.textContent).toBe("Paste the connection block");
    type(/Connection block/, '{"workspace_id": "7d');
    getByText(/cut off/);
    next();
    expect(title()).toBe("Paste the connection block");
    type(/Connection block/, BLOCK);
    getByText("https://acme.example");
    expect(document.activeElement?.textContent).toBe("Paste another");
    expect(container.textContent).not.toContain(TOKEN);
    expect([...container.querySelectorAll("input")].map(({ value }) => value)).not.toContain(TOKEN);
    next();
    expect(title()).toBe("What answers?");
    fireEvent.click(await findByRole("radio", { name: /<b>My agent<\/b>/ }));
    next();
    expect(getByRole("radio", { name: /Recommended/ })).toHaveProperty("checked", true);
    next();
    expect(title()).toBe("Ready to connect");
    expect(sent).toEqual([]);
    next();
    expect(sent).toEqual([
      {
        method: "POST",
        path: "/v1/profiles",
        body: {
          name: "work",
          connection: { platform_url: "https://acme.example/", workspace_id: ID, auth_token: TOKEN },
          org_id: null,
          relay: null,
          exposure: null,
          agent: { kind: "attach", url: "http://127.0.0.1:9000" },
        },
      },
    ]);
    getByText("Confirm it in the dialog");
    await findByRole("heading", { name: "Almost there" });
    say({ kind: "status", status: status(profile("work")) });
    expect(window.location.hash).toBe("#/canvas");
    expect(container.querySelector("b")).toBeNull();
  });

  it("starts the local org where it stands, and says why where it cannot", async () => {
    const { next, pick, say, sent, answers, findByRole, getByText, title } = open();
    const taken = { code: "local_org", message: "the name is taken", next: null, needs_user: true };
    answers(() => Promise.reject(new HostFailure(taken)));
    pick(/Just try it/);
    next();
    expect(title()).toBe("Try it on this machine");
    next();
    getByText("Confirm it in the dialog");
    expect(sent).toEqual([{ method: "POST", path: "/v1/local-org", body: undefined }]);
    expect((await findByRole("alert")).textContent).toBe("The name is taken.");
    answers(() => Promise.resolve({ profile: "local" }));
    next();
    await findByRole("heading", { name: "Almost there" });
    say({ kind: "status", status: status(profile("local")) });
    expect(window.location.hash).toBe("#/canvas");
  });

  it("ends on the one thing that is missing", async () => {
    const { next, pick, type, say, findByRole, getByText } = open({ platform: "https://acme.example", workspace: ID });
    type(/token/i, TOKEN);
    next();
    pick(/Echo/);
    next();
    next();
    next();
    await findByRole("heading", { name: "Almost there" });
    const presence = { state: "needs_user", since: "2026-01-02T03:00:00Z", reason: null, retry_at: null } as const;
    const health = [
      { code: "no_way", severity: "error", title: "No way in", detail: null, next: "name a relay" } as const,
    ];
    say({ kind: "status", status: status(profile("work", { presence, health })) });
    getByText("No way in");
    getByText("Name a relay.");
  });

  it("makes a new workspace with an org key that is kept only if that is wished", async () => {
    const { next, pick, type, sent, findByRole, getByRole, getByLabelText, getByText } = open({}, ["work"]);
    pick(/new workspace/);
    next();
    type(/Platform/, "http://acme.example");
    getByText(/Without https/);
    type(/Platform/, "acme.example");
    type(/Org key/, "two words");
    getByText(/no token has/);
    type(/Org key/, "org-key-1");
    expect(getByLabelText(/Org key/).getAttribute("type")).toBe("password");
    type(/Name of the workspace/, "Ada's laptop");
    next();
    await findByRole("radio", { name: /My agent/ });
    pick(/program for each message/);
    type(/Program/, "./answer.sh 'a b");
    getByText(/quote is not closed/);
    type(/Program/, "./answer.sh 'a b'");
    type("In the folder", "work");
    next();
    getByText(/whole path/);
    type("In the folder", "/home/ada");
    next();
    pick(/Through a relay/);
    next();
    type(/Relay/, "https://relay.example");
    next();
    getByText("a b");
    getByText(/runs commands on this machine/);
    expect(getByLabelText(/Name on this laptop/)).toHaveProperty("value", "work-2");
    next();
    expect(getByRole("status").textContent).toContain("Confirm it in the dialog");
    expect(sent[0]).toMatchObject({
      path: "/v1/workspaces",
      body: {
        name: "work-2",
        platform: "https://acme.example/",
        org_key: "org-key-1",
        keep_org_key: false,
        workspace: { name: "Ada's laptop", role: null },
        relay: "https://relay.example/",
        agent: { kind: "exec", argv: ["./answer.sh", "a b"], dir: "/home/ada" },
      },
    });
  });

  it("connects a workspace that is here already again, with the new token and nothing else", async () => {
    const { next, pick, type, title, sent, say, getByText, findByRole, queryByLabelText } = open({}, ["work"]);
    const ours = profile("home", { workspace: { id: ID, name: "Ours" }, platform: "https://acme.example" });
    say({ kind: "status", status: status(profile("work"), ours) });
    pick(/connection block/);
    next();
    type(/Connection block/, BLOCK.replace("acme.example", "acme.example/"));
    getByText("This laptop serves it already, as “home”");
    next();
    expect(title()).toBe("Ready to connect");
    expect(queryByLabelText(/Name on this laptop/)).toBeNull();
    next();
    expect(sent[0]?.body).toEqual({
      name: "home",
      connection: { platform_url: "https://acme.example/", workspace_id: ID, auth_token: TOKEN },
      org_id: null,
      relay: null,
      exposure: null,
      agent: null,
    });
    await findByRole("heading", { name: "Almost there" });
  });

  it("says why it was not done, and leaves everything as it was typed", async () => {
    const { next, pick, type, answers, findByRole, title } = open({ platform: "https://acme.example", workspace: ID });
    answers(() =>
      Promise.reject(new HostFailure({ code: "declined", message: "it was not done", next: null, needs_user: false })),
    );
    type(/token/i, TOKEN);
    next();
    pick(/Echo/);
    next();
    next();
    next();
    expect((await findByRole("alert")).textContent).toBe("It was not done.");
    expect(title()).toBe("Ready to connect");
  });
});

describe("a link", () => {
  it("brings a platform and a workspace, shows them as text, and does nothing", () => {
    const { sent, title, getByText, getByLabelText } = open({ platform: "https://acme.example", workspace: ID });
    expect(title()).toBe("Paste the connection block");
    getByText("https://acme.example");
    getByText(/nothing is stored yet/);
    getByLabelText(/Workspace token/);
    expect(sent).toEqual([]);
  });

  it("with hostile values is shown as what it is and leads nowhere", () => {
    for (const [platform, words] of [
      ["javascript:alert(1)", /must begin with https/],
      ["https://user:word@acme.example", /bare address/],
      ["http://acme.example", /Without https/],
      ["<img src=x onerror=alert(1)>", /no address/],
    ] as const) {
      const { next, type, title, getByText, container, unmount } = open({ platform, workspace: "<b>x</b>" });
      getByText(platform);
      getByText(words);
      type(/token/i, TOKEN);
      next();
      expect(title()).toBe("Paste the connection block");
      expect(container.querySelector("img, b")).toBeNull();
      unmount();
    }
  });
});
