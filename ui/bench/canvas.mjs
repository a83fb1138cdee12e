// The Canvas under load, in a real Chromium: main-thread work per frame out of the browser's own trace, as processor time
// where the trace has it, because other programs run beside it. Prints one line of JSON, the last one.
//
// `node bench/canvas.mjs`; with `LIGAND_BIN_DIR` also from an event of the platform to the painted frame.

import { Chromium } from "./chromium.mjs";
import { eventToPixel } from "./live.mjs";
import { frameWork, workAfter } from "./trace.mjs";
import { servePage } from "./serve.mjs";

/** What is moved around, and for how long in all. */
const MIDDLE = { x: 620, y: 400 };
/** One step of the hand, in milliseconds: a little more often than frames. */
const STEP = 15;
const BEATS = 25;

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const say = (line) => console.error(line);
const rounded = (figure) => Math.round(figure * 100) / 100;

/** Looks around as a person does: in, across, out, across. */
async function lookAround(browser) {
  const mouse = (type, more) => browser.send("Input.dispatchMouseEvent", { type, ...MIDDLE, ...more });
  const zoom = async (by, times) => {
    for (let at = 0; at < times; at++) {
      await mouse("mouseWheel", { deltaX: 0, deltaY: by });
      await wait(STEP);
    }
  };
  const drag = async (dx, dy, times) => {
    // The button that moves the view, and no workspace that lies below it.
    const hand = { button: "middle", buttons: 4 };
    await mouse("mousePressed", { ...hand, clickCount: 1, y: 745, x: 700 });
    for (let at = 1; at <= times; at++) {
      await mouse("mouseMoved", { ...hand, x: 700 + dx * at, y: 745 + dy * at });
      await wait(STEP);
    }
    await mouse("mouseReleased", { ...hand, buttons: 0, clickCount: 1, x: 700 + dx * times, y: 745 + dy * times });
  };
  await drag(4, -3, 60);
  await zoom(-100, 12);
  await drag(-5, -2, 60);
  await zoom(-100, 8);
  await drag(-5, -4, 60);
  await zoom(100, 26);
  await drag(3, -2, 60);
}

/** One page under load. */
async function measure(browser, url, of, count) {
  await browser.open(`${url}?of=${of}&n=${count}`);
  await browser.until("window.bench?.painted != null", 90_000);
  await wait(1_000);
  let heap = 0;
  const sample = async () => {
    const { usedSize } = await browser.send("Runtime.getHeapUsage");
    heap = Math.max(heap, usedSize);
  };
  await browser.run("window.bench.churn(true)");
  const events = await browser.traced(async () => {
    const sampling = setInterval(() => void sample(), 500);
    await lookAround(browser);
    clearInterval(sampling);
  });
  await browser.run("window.bench.churn(false)");
  await sample();
  return {
    ...frameWork(events),
    painted: await browser.run("window.bench.painted"),
    heap_mb: heap / 2 ** 20,
  };
}

/**
 * What one sign of life costs, the mean of many: everything from its text on. Every second time the page does the same
 * and no sign of life comes: what the marks, the timer and the trace cost by themselves is taken off.
 */
async function heartbeats(browser) {
  await wait(1_500);
  const beat = JSON.stringify({ id: "00000000-0000-4000-8000-000000000042", last_seen: "2026-01-02T03:05:00Z" });
  const events = await browser.traced(async () => {
    await browser.run(`new Promise((done) => {
      let left = ${2 * BEATS};
      const next = () => {
        if (left-- === 0) { done(); return; }
        const beats = left % 2 === 0;
        performance.mark(beats ? "beat" : "rest");
        if (beats) { window.bench.beat(${JSON.stringify(beat)}); }
        setTimeout(next, 120);
      };
      setTimeout(next, 200);
    })`);
  });
  const { beat: all, rest } = workAfter(events, ["beat", "rest"]);
  say(`heartbeat: ${rounded(all)} ms with one, ${rounded(rest)} ms without`);
  return all - rest;
}

const page = await servePage();
const figures = {};
try {
  for (const [of, count] of [["canvas", 1000], ["flow", 1000], ["canvas", 10_000]]) {
    const browser = await Chromium.start();
    try {
      const found = await measure(browser, page.url, of, count);
      say(`${of} ${count}: ${JSON.stringify(found)}`);
      if (of === "flow") {
        figures.ratio_react_flow = rounded(found.p95_ms / figures.n1000_p95_ms);
      } else {
        figures[`n${count}_p95_ms`] = rounded(found.p95_ms);
      }
      if (count === 10_000) {
        figures.n10000_first_paint_ms = rounded(found.painted);
        figures.n10000_heap_mb = rounded(found.heap_mb);
        figures.heartbeat_ms = rounded(await heartbeats(browser));
      }
    } finally {
      await browser.end();
    }
  }
} finally {
  await page.end();
}
if (process.env.LIGAND_BIN_DIR) {
  const times = await eventToPixel(process.env.LIGAND_BIN_DIR);
  say(`event to pixel: median ${rounded(times[Math.floor(times.length / 2)])} ms, worst ${rounded(times.at(-1))} ms`);
  figures.event_to_pixel_p95_ms = rounded(times[Math.floor(times.length * 0.95)]);
}
console.log(JSON.stringify(figures));
