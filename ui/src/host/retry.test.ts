// When the host is asked again.

import { describe, expect, it } from "vitest";

import { pause, retryDelay } from "./retry";

describe("retryDelay", () => {
  it("doubles its bound up to a longest one, with full jitter below", () => {
    const most = [0, 1, 2, 10, 1000].map((attempt) => retryDelay(attempt, () => 1));
    expect(most).toEqual([250, 500, 1000, 5000, 5000]);
    expect(retryDelay(3, () => 0)).toBe(0);
  });
});

describe("pause", () => {
  it("ends at once when it is told to, before or during", async () => {
    const stop = new AbortController();
    const paused = pause(1_000_000, stop.signal);
    stop.abort();
    await paused;
    await pause(1_000_000, stop.signal);
  });
});
