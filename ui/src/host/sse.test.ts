// Reading a stream of events, in any pieces and from anybody.

import { describe, expect, it } from "vitest";

import { SseReader } from "./sse";

describe("SseReader", () => {
  it("reads events from any pieces", () => {
    const text = 'event: status\ndata: {"a":1}\n\n: here\n\nevent: org\r\ndata: one\r\ndata:two\r\n\r\n';
    const whole = [
      { name: "status", data: '{"a":1}' },
      { name: "org", data: "one\ntwo" },
    ];
    for (let at = 0; at <= text.length; at++) {
      const reader = new SseReader();
      expect([...reader.push(text.slice(0, at)), ...reader.push(text.slice(at))]).toEqual(whole);
    }
  });

  it("takes comments and names without data for no events", () => {
    const reader = new SseReader();
    expect(reader.push(": alive\n\nevent: status\n\ndata\n\n")).toEqual([{ name: "message", data: "" }]);
  });

  it("refuses an event without end, in one line or in many", () => {
    const piece = "x".repeat(1 << 20);
    const endless = (text: string) => () => {
      const reader = new SseReader();
      for (let at = 0; at < 40; at++) {
        reader.push(text);
      }
    };
    expect(endless(piece)).toThrow(RangeError);
    expect(endless(`data: ${piece}\n`)).toThrow(RangeError);
  });
});
