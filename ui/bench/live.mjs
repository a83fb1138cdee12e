// From an event of the platform to the painted frame: a local org, a host and a browser, all real, and a workspace that
// is given one task after the other. Counted from before the platform is told, so it is a little more than it claims.

import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Chromium } from "./chromium.mjs";

const TASKS = 80;
/** Between two tasks, in milliseconds: not in step with frames, nor with the host's own rhythm. */
const APART = 137;
const PATIENCE = 60_000;

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A program of ours, its output by lines, until it is ended. */
function program(binary, args, env, input) {
  const child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.end(input);
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  const gone = new Promise((resolve) => child.once("exit", resolve));
  return {
    gone,
    async says(pattern) {
      for (const end = Date.now() + PATIENCE; Date.now() < end; await wait(50)) {
        const found = said.match(pattern);
        if (found) {
          return found[1];
        }
      }
      throw new Error(`${args[0]} never said ${pattern}`);
    },
    async end() {
      child.kill("SIGINT");
      await gone;
    },
  };
}

/** The milliseconds from each event to its frame, in order of size. */
export async function eventToPixel(binaries) {
  const folder = mkdtempSync(join(tmpdir(), "ligand-live-"));
  const env = { LIGAND_VAULT: "file", LIGAND_LOG: "warn" };
  for (const [name, part] of [["LIGAND_CONFIG_DIR", "config"], ["LIGAND_STATE_DIR", "state"], ["LIGAND_RUNTIME_DIR", "run"]]) {
    env[name] = join(folder, part);
    mkdirSync(env[name]);
    chmodSync(env[name], 0o700);
  }
  const ligand = join(binaries, "ligand");
  const running = [];
  const start = (...program_) => {
    const one = program(ligand, ...program_);
    running.unshift(one);
    return one;
  };
  try {
    const data = ["--listen", "127.0.0.1:0", "--rate-limit", "4000000", "--data", join(folder, "org.sqlite")];
    const org = start(["local-org", "--era", "l", "--print-admin-token", ...data], env, "");
    const url = await org.says(/(http:\/\/[0-9.:]+)/);
    const admin = await org.says(/token: (\S+)/);
    const tell = async (path, body, token) => {
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
      if (!response.ok) {
        throw new Error(`${path}: ${response.status} ${await response.text()}`);
      }
      return response.json().catch(() => null);
    };
    const made = program(ligand, ["create", "--keep-org-key", "--profile", "work", "--name", "bench"], env, `${url}\n${admin}\n`);
    await made.gone;
    const one = await tell("/workspaces", { name: "busy", runtime: "external", external: true }, admin);
    const token = one.connection.auth_token;
    await tell("/registry/register", { id: one.id, url: "http://127.0.0.1:9/", agent_card: { name: "busy" } }, token);
    const host = start(["up", "--web", "127.0.0.1:0"], env, "");
    const browser = await Chromium.start();
    running.unshift(browser);
    await browser.open(await host.says(/(http:\/\/\S+#token=\S+)/));
    await browser.until(`document.querySelector('[data-workspace="${one.id}"]') !== null`);
    await browser.run(`(() => {
      window.seen = {};
      const node = document.querySelector('[data-workspace="${one.id}"]');
      new MutationObserver(() => {
        const task = node.innerText.match(/task no (\\d+)/)?.[1];
        if (task !== undefined && !(task in window.seen)) {
          window.seen[task] = null;
          // After the frame in which it is painted.
          requestAnimationFrame(() => setTimeout(() => { window.seen[task] = performance.timeOrigin + performance.now(); }));
        }
      }).observe(node, { subtree: true, childList: true, characterData: true });
    })()`);
    await wait(1_500);
    const sent = [];
    for (let at = 0; at < TASKS; at++) {
      sent.push(performance.timeOrigin + performance.now());
      const task = { current_task: `task no ${at}`, active_tasks: 1, error_rate: 0, sample_error: "", uptime_seconds: at };
      await tell("/registry/heartbeat", { workspace_id: one.id, ...task }, token);
      await wait(APART);
    }
    await wait(1_000);
    const seen = await browser.run("window.seen");
    // One that another had followed before it was painted was seen with that one.
    const shown = [];
    for (let at = TASKS - 1, next = Infinity; at >= 0; at--) {
      next = seen[at] ?? next;
      shown.unshift(next);
    }
    return sent.map((then, at) => shown[at] - then).sort((a, b) => a - b);
  } finally {
    for (const one of running) {
      await one.end();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
