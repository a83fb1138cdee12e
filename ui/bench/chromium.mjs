// Chromium without a screen, spoken to through a pipe in its DevTools protocol. No dependency.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** No answer takes longer than this, in milliseconds. */
const PATIENCE = 120_000;

/** A browser with one page. */
export class Chromium {
  #next = 1;
  #waiting = new Map();
  #heard = new Set();
  #session = null;

  /** Starts it; `CHROMIUM` names another program. */
  static async start({ width = 1280, height = 800, dark = false } = {}) {
    const profile = mkdtempSync(join(tmpdir(), "ligand-bench-"));
    const child = spawn(
      process.env.CHROMIUM ?? "chromium",
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        `--window-size=${width},${height}`,
        `--user-data-dir=${profile}`,
        "--remote-debugging-pipe",
        "about:blank",
      ],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    const browser = new Chromium();
    browser.child = child;
    browser.profile = profile;
    browser.#listen(child.stdio[4]);
    const { targetInfos } = await browser.send("Target.getTargets");
    const { targetId } = targetInfos.find(({ type }) => type === "page");
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = sessionId;
    await browser.send("Page.enable");
    await browser.send("Runtime.enable");
    await browser.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    await browser.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
    });
    return browser;
  }

  #listen(pipe) {
    let rest = [];
    pipe.on("data", (chunk) => {
      let from = 0;
      for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, from)) {
        const whole = Buffer.concat([...rest, chunk.subarray(from, end)]).toString();
        rest = [];
        from = end + 1;
        this.#hear(JSON.parse(whole));
      }
      rest.push(chunk.subarray(from));
    });
  }

  #hear(message) {
    const waiting = this.#waiting.get(message.id);
    if (waiting) {
      this.#waiting.delete(message.id);
      message.error ? waiting.reject(new Error(JSON.stringify(message.error))) : waiting.resolve(message.result);
    }
    for (const hear of this.#heard) {
      hear(message);
    }
  }

  /** Hears every event. */
  on(hear) {
    this.#heard.add(hear);
    return () => this.#heard.delete(hear);
  }

  /** The next event of that name. */
  once(method) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} did not come`)), PATIENCE);
      const off = this.on((message) => {
        if (message.method === method) {
          clearTimeout(timer);
          off();
          resolve(message.params);
        }
      });
    });
  }

  /** Asks for a command of the protocol. */
  send(method, params = {}) {
    const id = this.#next++;
    const whole = { id, method, params };
    if (this.#session && !method.startsWith("Target.") && !method.startsWith("Browser.")) {
      whole.sessionId = this.#session;
    }
    this.child.stdio[3].write(`${JSON.stringify(whole)}\0`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), PATIENCE);
      const settle = (then) => (value) => {
        clearTimeout(timer);
        then(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
    });
  }

  /** Opens an address. */
  async open(url) {
    const loaded = this.once("Page.loadEventFired");
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** What an expression in the page comes to. */
  async run(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(expression, patience = 60_000) {
    const end = Date.now() + patience;
    while (!(await this.run(expression))) {
      if (Date.now() > end) {
        throw new Error(`never true: ${expression}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** The events of a trace of what happens meanwhile. */
  async traced(meanwhile) {
    const events = [];
    const off = this.on(({ method, params }) => {
      if (method === "Tracing.dataCollected") {
        events.push(...params.value);
      }
    });
    const includedCategories = ["toplevel", "devtools.timeline", "blink.user_timing", "__metadata"];
    await this.send("Tracing.start", { traceConfig: { includedCategories }, transferMode: "ReportEvents" });
    await meanwhile();
    const complete = this.once("Tracing.tracingComplete");
    await this.send("Tracing.end");
    await complete;
    off();
    return events;
  }

  /** A picture of the page, PNG. */
  async picture() {
    return Buffer.from((await this.send("Page.captureScreenshot", { format: "png" })).data, "base64");
  }

  /** Ends it. */
  async end() {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    // Asked to, it ends its helpers too, which would still write into the folder.
    await this.send("Browser.close").catch(() => this.child.kill());
    await gone;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}
