// What must hold of the inspector: the list, what is opened, replaying and recording.

import { act, fireEvent } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { DeliveryDetail } from "../generated/DeliveryDetail";
import type { DeliveryView } from "../generated/DeliveryView";
import { profile, status } from "../testing/samples";
import { show } from "../testing/show";
import { Inspector } from "./Inspector";

const delivery = (id: number, changes: Partial<DeliveryView> = {}): DeliveryView => ({
  id,
  at: "2026-01-02T03:04:05Z",
  door: "platform",
  method: "message/send",
  message_id: `m-${id}`,
  bytes: 3_300,
  took_ms: 12,
  outcome: "answered",
  bytes_out: null,
  events: null,
  ...changes,
});

const detail = (view: DeliveryView): DeliveryDetail => ({
  ...view,
  words: "the agent said <b>no</b>",
  headers: [["x-note", "<script>alert(1)</script>"]],
  answer: { status: 200, headers: [["content-type", "text/event-stream"]], bytes: 5, body: null, body_cut: false },
  body: '{"a":1}',
  body_cut: false,
});

function open(deliveries: DeliveryView[]) {
  const shown = show(<Inspector profile="work" />);
  let tell: (() => void) | null = null;
  shown.host.reply = ({ path }) => {
    if (path.includes("wait_s=0")) {
      return Promise.resolve({ deliveries });
    }
    if (path.includes("wait_s=")) {
      return new Promise((resolve) => {
        tell = () => {
          resolve({ deliveries: [] });
        };
      });
    }
    if (path === "/v1/recording") {
      return Promise.resolve({ on: true, kept: 2, most: 500, longest: 65_536 });
    }
    if (path.endsWith("/replay")) {
      return Promise.resolve({ id: 8, outcome: "rejected", words: "no <i>way</i>" });
    }
    const id = Number(path.split("/").at(-1));
    return Promise.resolve(detail(delivery(id)));
  };
  shown.say({ kind: "live" }, { kind: "status", status: status(profile("work")) });
  const come = async (one: DeliveryView) => {
    await vi.waitFor(() => {
      expect(tell).not.toBeNull();
    });
    deliveries.push(one);
    await act(async () => {
      tell?.();
      await Promise.resolve();
    });
  };
  return { ...shown, come };
}

it("lists deliveries, the newest first, and shows one that comes at once", async () => {
  const { findAllByRole, findByText, come } = open([delivery(1), delivery(2, { outcome: "unknown" })]);
  const rows = await findAllByRole("row");
  expect(rows.slice(1).map((row) => row.textContent)).toEqual([
    expect.stringContaining("Outcome unknown"),
    expect.stringContaining("Answered"),
  ]);
  expect(rows[2]?.textContent).toContain("Platform door3.2 KB12 ms");
  await come(delivery(3, { method: "tasks/cancel" }));
  await findByText("tasks/cancel");
});

it("opens one to its headers and bodies as text, and closes it with Escape", async () => {
  const { findByRole, findByText, queryByRole, container } = open([delivery(7)]);
  fireEvent.click(await findByRole("button", { name: "message/send" }));
  await findByText("<script>alert(1)</script>");
  await findByText("The agent said <b>no</b>.");
  await findByText(/Answer · HTTP 200 · 5 B/);
  expect(container.querySelector("script, b")).toBeNull();
  const opened = await findByRole("region", { name: "Delivery 7" });
  expect(document.activeElement?.textContent).toBe("Delivery 7");
  fireEvent.keyDown(opened, { key: "Escape" });
  expect(queryByRole("region", { name: "Delivery 7" })).toBeNull();
});

it("says what would be there while there is nothing", async () => {
  const { findByText, getByRole, queryAllByRole } = open([]);
  await findByText("Nothing has come yet");
  fireEvent.change(getByRole("searchbox"), { target: { value: "x" } });
  expect(queryAllByRole("row")).toEqual([]);
});

it("replays one, says how that went, and says for as long as bodies are recorded that they are", async () => {
  const { host, findByRole, findByText, getByText } = open([delivery(7)]);
  fireEvent.click(await findByRole("button", { name: "message/send" }));
  fireEvent.click(await findByRole("button", { name: "Replay" }));
  await findByText(/Replayed: Refused by the agent/);
  getByText("No <i>way</i>.");
  expect(host.asked).toContain("POST /v1/profiles/work/deliveries/7/replay");
  getByText(/Bodies are recorded: 2 of the last 500 deliveries, 64.0 KB of each/);
});
