// Takes the pictures in this folder: `node review/take.mjs ADDRESS FIRST`, with the addresses that two hosts print which
// `ligand up --local --web 127.0.0.1:0` has started, each on folders of its own. The second one has no profile any more
// (`ligand forget local`), as at a first start. It changes nothing in them.

import { writeFile } from "node:fs/promises";

import { Chromium } from "../bench/chromium.mjs";

/** The window's first size. */
const [WIDTH, HEIGHT] = [1120, 720];

/** The hands of a page's own user. Each says whether it could do it. */
const hands = `
  window.press = (text) => {
    const found = [...document.querySelectorAll("button, label")].find((one) => one.innerText.trim().startsWith(text));
    const can = found !== undefined && !found.disabled;
    if (can) {
      found.click();
    }
    return can;
  };
  window.type = (name, text) => {
    const label = [...document.querySelectorAll("label")].find((one) => one.innerText.startsWith(name));
    if (!label) {
      return false;
    }
    const field = label.control;
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, text);
    return field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  window.lowest = () => {
    const main = document.querySelector("main");
    main.scrollTo(0, main.scrollHeight);
    return main.scrollTop > 0;
  };`;

const isAt = (title) => `document.querySelector("h1")?.innerText === ${JSON.stringify(title)}`;
const toAgents = [
  `press("Make a new workspace")`,
  `press("Continue")`,
  isAt("Make a workspace"),
  `type("Platform’s address", "https://acme.example")`,
  `type("Org key", "a-key-of-nobody")`,
  `type("Name of the workspace", "My laptop")`,
  `press("Continue")`,
  isAt("What answers?"),
];
const toReach = [...toAgents, `press("Continue")`, isAt("How do messages reach this laptop?")];

/** Of nobody, in a form that is read at once. */
const BLOCK = JSON.stringify({
  workspace_id: "7d0f0d5c-0000-4000-8000-000000000001",
  platform_url: "https://acme.example",
  auth_token: "a-token-of-nobody",
});

/** The pictures: a name, an address, and steps, each tried until it is true. */
const pictures = [
  ["canvas", "#/canvas", [`document.querySelectorAll("[data-workspace]").length > 0`]],
  ["inspector", "#/inspector", [`document.querySelector(".arrivals-line") !== null`]],
  ["logs", "#/logs", [`document.querySelector(".log-line") !== null`]],
  ["health", "#/health", [`document.querySelector(".outcome-ok") !== null`]],
  ["settings", "#/settings", [`document.querySelectorAll(".settings-part .section").length > 5`]],
  [
    "settings-updates",
    "#/settings",
    [
      `document.querySelectorAll(".settings-part .section").length > 5`,
      `lowest()`,
    ],
  ],
  [
    "settings-remove",
    "#/settings",
    [`press("See what will be deleted")`, `document.querySelector(".traces") !== null`, `lowest()`],
  ],
  ["settings-profile", "#/settings/local", [`document.querySelectorAll(".settings-part .section").length > 3`]],
  ["about", "#/about", [`document.querySelector(".about-name") !== null`]],
];

/** Those of a first start. */
const first = [
  ["welcome", "#/welcome", [`document.querySelector(".choice-card") !== null`]],
  [
    "welcome-paste",
    "#/welcome",
    [
      `press("I have a connection block")`,
      `press("Continue")`,
      isAt("Paste the connection block"),
      `type("Connection block", ${JSON.stringify(BLOCK)})`,
      `document.querySelector(".block") !== null`,
    ],
  ],
  ["welcome-try", "#/welcome", [`press("Just try it")`, `press("Continue")`, isAt("Try it on this machine")]],
  ["welcome-agent", "#/welcome", toAgents],
  ["welcome-reach", "#/welcome", toReach],
  ["welcome-relay", "#/welcome", [...toReach, `press("Through a relay")`, `type("Relay’s address", "ftp://relay")`]],
  ["welcome-review", "#/welcome", [...toReach, `press("Continue")`, isAt("Ready to connect")]],
];

const addresses = process.argv.slice(2);
if (addresses.length !== 2 || !addresses.every((address) => address.includes("#token="))) {
  throw new Error("give the two whole addresses that `ligand up --web` prints");
}
for (const [at, address] of addresses.entries()) {
  for (const dark of [false, true]) {
    for (const zoom of [1, 2]) {
      const browser = await Chromium.start({ width: WIDTH, height: HEIGHT, dark });
      const size = { width: WIDTH / zoom, height: HEIGHT / zoom, deviceScaleFactor: zoom, mobile: false };
      await browser.send("Emulation.setDeviceMetricsOverride", size);
      await browser.open(address);
      await browser.until(`document.querySelector("main") !== null`);
      await browser.run(hands);
      for (const [name, fragment, steps] of at === 0 ? pictures : first) {
        // Each screen begins anew.
        await browser.run(`location.hash = "#/about"`);
        await browser.until(`document.querySelector(".about-name") !== null`);
        await browser.run(`location.hash = ${JSON.stringify(fragment)}`);
        for (const step of steps) {
          await browser.until(step);
        }
        // Fonts, layout and what moves have come to rest.
        await new Promise((resolve) => setTimeout(resolve, 500));
        const file = `${name}-${dark ? "dark" : "light"}${zoom === 1 ? "" : "-200"}.png`;
        await writeFile(new URL(file, import.meta.url), await browser.picture());
      }
      await browser.end();
    }
  }
}
