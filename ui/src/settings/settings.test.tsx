// What must hold of the settings: what changes at once, what is confirmed, and what is said before it is deleted.

import { fireEvent } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Settings as SettingsDocument } from "../generated/Settings";
import { HostFailure } from "../host/host";
import type { Ask } from "../host/routes";
import { org, profile, status } from "../testing/samples";
import { show } from "../testing/show";
import { Settings } from "./Settings";

const SETTINGS: SettingsDocument = {
  config_file: "/home/ada/config.toml",
  can_change: true,
  general: { log_level: "info", keep_awake: false, update_check: false, update_url: null },
  log_override: null,
  proxy: { kind: "environment" },
  proxy_login: false,
  secrets: { kind: "keychain" },
  profiles: [
    {
      name: "work",
      platform: "https://acme.example/<b>",
      workspace: "7d0f0d5c-0000-4000-8000-000000000001",
      org_id: null,
      agent: { kind: "exec", argv: ["./answer.sh", "a b"], dir: "/home/ada", time_limit_s: 600, env: {} },
      exposure: { kind: "relay", url: "https://relay.example/" },
      trusts_relay_with_token: false,
      shared_door: false,
    },
  ],
};

const answers: Readonly<Record<string, unknown>> = {
  "/v1/settings": SETTINGS,
  "/v1/settings/general": SETTINGS,
  "/v1/profiles/work/doors": {
    doors: [{ slot: "platform", url: "https://relay.example/w/secret", host_url: null, open: true }],
  },
  "/v1/traces": { traces: [{ kind: "deliveries", what: "the journal", place: "/home/ada/deliveries.db" }] },
  "/v1/profiles/work/traces": { traces: [{ kind: "secret", what: "the token", place: "keychain" }] },
};

function open(of: string | null) {
  const shown = show(<Settings of={of} />);
  const bodies: unknown[] = [];
  shown.host.reply = ({ method, path, body }: Ask) => {
    if (method !== "GET") {
      bodies.push(body);
    }
    return path === "/v1/admin" ? new Promise(() => undefined) : Promise.resolve(answers[path] ?? {});
  };
  shown.say({ kind: "live" }, { kind: "status", status: status(profile("work")) });
  return { ...shown, bodies };
}

it("changes what needs no word of anybody at once, and says why it could not", async () => {
  const { host, bodies, findByRole, getByRole } = open(null);
  const awake = await findByRole("switch", { name: "Keep awake while a task runs" });
  fireEvent.click(awake);
  expect(bodies).toEqual([{ keep_awake: true }]);
  const before = host.reply;
  const full = new HostFailure({ code: "x", message: "the disk is full", next: null, needs_user: false });
  host.reply = (wanted) => (wanted.method === "PUT" ? Promise.reject(full) : before(wanted));
  fireEvent.change(getByRole("combobox", { name: "Log level" }), { target: { value: "debug" } });
  expect((await findByRole("alert")).textContent).toBe("The disk is full.");
});

it("asks for the word of the person at this machine where trust changes", async () => {
  const { bodies, findByRole, getByLabelText, getByRole, findByText } = open(null);
  fireEvent.click(await findByRole("radio", { name: /This one/ }));
  const field = getByLabelText(/Proxy’s address/);
  fireEvent.change(field, { target: { value: "http://ada:word@proxy.example:3128" } });
  await findByText(/Without the login/);
  expect(getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
  fireEvent.change(field, { target: { value: "http://proxy.example:3128" } });
  fireEvent.click(getByRole("button", { name: "Save" }));
  await findByText("Confirm it in the dialog");
  expect(bodies).toEqual([
    {
      method: "PUT",
      path: "/v1/settings/proxy",
      body: { kind: "through", url: "http://proxy.example:3128" },
    },
  ]);
});

it("looks for newer versions at an https address alone, which is confirmed", async () => {
  const { bodies, findByRole, getByLabelText, getByRole, getByText } = open(null);
  expect(await findByRole("switch", { name: "Look for newer versions" })).toHaveProperty("disabled", true);
  fireEvent.click(getByRole("button", { name: "Change… Looked up at" }));
  const field = getByLabelText(/Looked up at/);
  fireEvent.change(field, { target: { value: "http://acme.example/latest.json" } });
  getByText("It must begin with https://.");
  expect(getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
  fireEvent.change(field, { target: { value: "https://acme.example/latest.json" } });
  fireEvent.click(getByRole("button", { name: "Save" }));
  expect(bodies).toEqual([
    { method: "PUT", path: "/v1/settings/update-url", body: { url: "https://acme.example/latest.json" } },
  ]);
});

it("says what removing Ligand deletes before anything is deleted", async () => {
  const { bodies, findByRole, findByText, getByText } = open(null);
  fireEvent.click(await findByRole("button", { name: "See what removing Ligand will delete" }));
  await findByText("the journal");
  expect(bodies).toEqual([]);
  fireEvent.click(await findByRole("button", { name: "Delete all this and quit" }));
  getByText("Confirm it in the dialog");
  expect(bodies).toEqual([{ method: "POST", path: "/v1/uninstall" }]);
});

it("shows a profile with the parts of its command line apart, and no door's address unasked", async () => {
  const { findByText, getByRole, getByText, container } = open("work");
  await findByText("a b");
  getByText("https://acme.example/<b>");
  await findByText("Platform door");
  expect(container.textContent).not.toContain("/w/secret");
  fireEvent.click(getByRole("button", { name: "Show address: Platform door" }));
  getByText("https://relay.example/w/secret");
});

it("opens the agent with what is there, and asks for the change with what was typed", async () => {
  const { bodies, findByRole, getByLabelText, getByRole } = open("work");
  fireEvent.click(await findByRole("button", { name: "Change… Agent" }));
  const line = getByLabelText("Program and its arguments");
  expect(line).toHaveProperty("value", './answer.sh "a b"');
  fireEvent.change(line, { target: { value: "./other.sh" } });
  fireEvent.click(getByRole("button", { name: "Save" }));
  expect(bodies).toEqual([
    {
      method: "PUT",
      path: "/v1/profiles/work/agent",
      body: { kind: "exec", argv: ["./other.sh"], dir: "/home/ada", time_limit_s: 600, env: {} },
    },
  ]);
});

it("says what forgetting deletes before anything is deleted", async () => {
  const { bodies, findByRole, findByText, getByText } = open("work");
  fireEvent.click(await findByRole("button", { name: "See what will be deleted" }));
  await findByText("the token");
  expect(bodies).toEqual([]);
  fireEvent.click(await findByRole("button", { name: "Delete all this" }));
  getByText("Confirm it in the dialog");
  expect(bodies).toEqual([{ method: "POST", path: "/v1/profiles/work/forget" }]);
});

it("says that there is no such profile", async () => {
  const { findByText } = open("gone");
  await findByText("There is no such profile.");
});

it("says whether an org key is in use, and takes it back after a word in a dialog that is not the page's", async () => {
  const { say, bodies, findByText, getByRole, queryByRole } = open("work");
  await findByText(/^Not in use/);
  expect(queryByRole("button", { name: /Forget it: Org key/ })).toBeNull();
  say({ kind: "org", org: org([], { speaks_as: "human" }) });
  await findByText(/^In use/);
  fireEvent.click(getByRole("button", { name: "Forget it: Org key" }));
  expect(bodies).toEqual([{ method: "POST", path: "/v1/profiles/work/org-key/forget", body: undefined }]);
  await findByText("Confirm it in the dialog");
});
