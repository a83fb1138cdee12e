// Server-sent events as a value: text in, events out. No I/O and no clock. Only what the control API sends is
// understood: `event:`, `data:` (several lines are joined) and comments.

/** One event. */
export interface SseEvent {
  name: string;
  data: string;
}

/** The longest event that is taken, in characters: an org of 10,000 workspaces has some 5 million. */
const MAX_EVENT = 32 * 1024 * 1024;

/** Reads events from text that comes in any pieces. */
export class SseReader {
  #rest = "";
  #name = "message";
  #data: string[] = [];
  #length = 0;

  /** Takes the next piece, and gives the events that it completes. Throws when one is longer than anybody sends. */
  push(piece: string): SseEvent[] {
    const events: SseEvent[] = [];
    const lines = piece.split("\n");
    // The last one has not ended yet.
    const open = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#line((this.#rest + line).replace(/\r$/, ""));
      this.#rest = "";
      if (event) {
        events.push(event);
      }
    }
    this.#rest += open;
    if (this.#rest.length + this.#length > MAX_EVENT) {
      throw new RangeError("an event of the host is too long");
    }
    return events;
  }

  /** An empty line ends an event; one without data is none (a comment keeps the stream alive). */
  #line(line: string): SseEvent | null {
    if (line === "") {
      const event = this.#data.length > 0 ? { name: this.#name, data: this.#data.join("\n") } : null;
      this.#name = "message";
      this.#data = [];
      this.#length = 0;
      return event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") {
      this.#name = value;
    } else if (field === "data") {
      this.#data.push(value);
      this.#length += value.length;
    }
    return null;
  }
}
