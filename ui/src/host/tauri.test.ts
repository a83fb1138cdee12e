// The desktop shell's way to the host.

import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, describe, expect, it } from "vitest";

import { status } from "../testing/samples";
import type { HostEvent } from "./host";
import { tauriHost } from "./tauri";

afterEach(() => {
  clearMocks();
});

describe("the desktop shell's way", () => {
  it("passes requests on and fails in the host's words", async () => {
    const asked: unknown[] = [];
    const error = { code: "not_running", message: "not running", next: null, needs_user: false };
    mockIPC((command, payload) => {
      asked.push([command, payload]);
      return command === "request" && (payload as { path: string }).path.endsWith("stop")
        ? // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- commands reject with data
          Promise.reject({ error })
        : {};
    });
    const host = tauriHost();
    await host.send("work", "hi");
    expect(asked).toEqual([["request", { method: "POST", path: "/v1/profiles/work/send", body: { text: "hi" } }]]);
    await expect(host.stop("work")).rejects.toMatchObject({ failure: error });
  });

  it("hears what comes through the channel until it is told to stop", async () => {
    let send: (message: unknown) => void = () => undefined;
    mockIPC((command, payload) => {
      if (command === "subscribe") {
        const { channel } = payload as { channel: { onmessage: (message: unknown) => void } };
        send = (message) => { channel.onmessage(message); };
      }
      return {};
    });
    const events: HostEvent[] = [];
    const end = tauriHost().subscribe((event) => events.push(event));
    await Promise.resolve();
    send({ event: "live" });
    send({ event: "status", data: status() });
    send({ event: "of_a_newer_shell" });
    const failure = { code: "host_away", message: "gone", next: null, needs_user: false };
    send({ event: "lost", data: failure });
    end();
    send({ event: "live" });
    expect(events).toMatchObject([{ kind: "live" }, { kind: "status" }, { kind: "lost", failure }]);
  });
});
