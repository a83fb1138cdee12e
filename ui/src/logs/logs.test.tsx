// What must hold of the logs' screen.

import { fireEvent } from "@testing-library/react";
import { expect, it } from "vitest";

import { HostFailure } from "../host/host";
import { profile, status } from "../testing/samples";
import { SharedProvider } from "../store/context";
import { show } from "../testing/show";
import { Logs } from "./Logs";

const LINES = [
  "2026-01-02T03:04:05.678901Z  INFO ligand_host::profile::link: link up",
  "2026-01-02T03:04:06.000000Z  WARN ligand_host: <img src=x onerror=alert(1)> \u202ekcab",
];

function open(lines: string[] = LINES) {
  const shown = show(<Logs of={null} />);
  shown.host.reply = () => Promise.resolve({ lines });
  shown.say({ kind: "live" }, { kind: "status", status: status(profile("work")) });
  return shown;
}

it("shows the log's lines as text, whatever stands in them", async () => {
  const { findByText, container } = open();
  await findByText("link up");
  await findByText("<img src=x onerror=alert(1)> \ufffdkcab");
  expect(container.querySelector("img")).toBeNull();
});

it("shows the levels and the text that were asked for, and says when there is nothing of that kind", async () => {
  const { findByText, queryByText, getByRole } = open();
  await findByText("link up");
  fireEvent.click(getByRole("radio", { name: "Warnings" }));
  expect(queryByText("link up")).toBeNull();
  fireEvent.change(getByRole("searchbox"), { target: { value: "of no line" } });
  expect(getByRole("status").textContent).toContain("No such lines");
});

it("asks for the log of an agent, and says why there is none", async () => {
  const { host, findByText, findByRole, getByRole } = open([]);
  await findByText("Nothing has been logged yet");
  host.reply = () =>
    Promise.reject(new HostFailure({ code: "x", message: "the log cannot be read", next: null, needs_user: false }));
  fireEvent.change(getByRole("combobox"), { target: { value: "work" } });
  expect((await findByRole("alert")).textContent).toBe("The log cannot be read.");
  expect(host.asked.at(-1)).toBe("GET /v1/logs?lines=1000&agent=work");
});

it("begins with what concerns a profile: the log of an agent that Ligand starts, else the host's lines about it", () => {
  const of = (kind: string) => {
    const shown = show(null);
    const agent = { kind, ready: true, active_tasks: 0, reason: null };
    shown.say({ kind: "live" }, { kind: "status", status: status(profile("work", { agent })) });
    shown.rerender(<SharedProvider value={shown}>{<Logs of="work" />}</SharedProvider>);
    const field = (role: string) => (shown.getByRole(role) as HTMLInputElement).value;
    const begun = [field("combobox"), field("searchbox")];
    shown.unmount();
    return begun;
  };
  expect(of("exec")).toEqual(["work", ""]);
  expect(of("echo")).toEqual(["", "profile=work"]);
});
