// How a message to our own workspace goes, per profile.

import { expect, it } from "vitest";

import type { Sent } from "../generated/Sent";
import { HostFailure } from "../host/host";
import { FakeHost } from "../testing/fake-host";
import { sayHello } from "./hello";
import { createModel } from "./model";

const sent: Sent = { answer: "hi", total_ms: 4, platform_ms: 1, tunnel_ms: 1, agent_ms: 2 };

it("notes how each profile's message goes, one not over the other", async () => {
  const [store, host] = [createModel(), new FakeHost()];
  host.answer = () => Promise.resolve(sent);
  const first = sayHello(store, host, "work", "one");
  expect(store.getState().hellos.work?.state).toBe("sending");
  host.answer = () =>
    Promise.reject(new HostFailure({ code: "queued", message: "queued", next: null, needs_user: false }));
  await Promise.all([first, sayHello(store, host, "home", "two")]);
  expect(store.getState().hellos.work).toEqual({ state: "answered", sent });
  expect(store.getState().hellos.home).toMatchObject({ state: "failed", failure: { code: "queued" } });
  expect(host.asked).toEqual(["send work one", "send home two"]);
});
