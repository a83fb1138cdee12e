// What the settings say.

import type { AgentConfig } from "../generated/AgentConfig";
import type { ExposureConfig } from "../generated/ExposureConfig";
import type { LogLevel } from "../generated/LogLevel";
import type { Pause } from "../generated/Pause";
import type { ProxyConfig } from "../generated/ProxyConfig";
import type { TraceKind } from "../generated/TraceKind";
import { momentOf } from "./figures";

/** The parts of the settings. */
export const parts = { list: "Parts of the settings", general: "This laptop" } as const;

/** Of the whole laptop. */
export const general = {
  startTitle: "Start and power",
  login: "Open at login",
  loginHint: "Starts Ligand in the tray when you log in. Off until you switch it on, and no update switches it on again.",
  awake: "Keep awake while a task runs",
  awakeHint: "The laptop does not fall asleep while the agent works: for 2 hours at the most, and not below 20 % of battery.",
  logTitle: "Logs",
  level: "Log level",
  levelHint: "How much is written down from now on. Nothing secret at any level.",
  override: (value: string) => `LIGAND_LOG is set to “${value}”, and counts before this.`,
  keptTitle: "Where things are kept",
  secrets: "Secrets",
  config: "Config",
} as const;

/** The levels, the least first. */
export const logLevels: readonly { value: LogLevel; word: string }[] = [
  { value: "error", word: "Errors alone" },
  { value: "warn", word: "Warnings too" },
  { value: "info", word: "What happens (usual)" },
  { value: "debug", word: "What is done about it" },
  { value: "trace", word: "Everything" },
];

/** Of newer versions. */
export const updates = {
  title: "Newer versions",
  check: "Look for newer versions",
  hint: "One that is found is told, and never installed. Off until you switch it on.",
  needsAddress: "It needs an address to look at.",
  address: "Looked up at",
  addressHint: "With https, from whoever gave you Ligand. Leave it empty to look nowhere.",
  none: "Nowhere.",
} as const;

/** Of notifications. */
export const notifications = {
  title: "Notifications",
  lead: "When a workspace of the org stays offline, or this laptop needs you. Your system’s do-not-disturb counts before this.",
  pause: "Pause all",
  muted: "Muted workspaces",
  none: "None. A workspace is muted on the Canvas.",
  mute: "Mute",
  mutedOne: "Muted",
  muteHint: "While it is muted, nothing is told when it goes offline.",
  unmute: "Unmute",
  unmuteOne: (name: string) => `Unmute ${name}`,
} as const;

/** For how long they can be paused. */
export const pauses: readonly { value: Pause; word: string }[] = [
  { value: "off", word: "Not paused" },
  { value: "hour", word: "1 hour" },
  { value: "tomorrow", word: "Until tomorrow" },
];

/** Until when they are paused. */
export function pausedWords(until: string | null): string {
  const at = momentOf(until, "minute");
  return at === null ? "They are shown." : `Nothing is shown until ${at}.`;
}

/** Of the proxy. */
export const proxyWords = {
  title: "Proxy",
  lead: "To the platform and the relay. What is on this machine is never behind it.",
  address: "Proxy’s address",
  hint: "Without a login: that comes from LIGAND_PROXY_LOGIN, and is kept nowhere.",
  login: "LIGAND_PROXY_LOGIN gives a login.",
} as const;

/** What the proxy can be. */
export const proxies: readonly { value: ProxyConfig["kind"]; title: string; words: string }[] = [
  { value: "environment", title: "As the system says", words: "HTTPS_PROXY and NO_PROXY, or the system’s own setting." },
  { value: "direct", title: "None", words: "Directly, whatever the system says." },
  { value: "through", title: "This one", words: "Whatever the system says." },
];

/** Of one profile. */
export const profileWords = {
  workspace: "Workspace",
  name: "Name on this laptop",
  rename: "Rename",
  platform: "Platform",
  id: "Workspace’s id",
  org: "Org id",
  agent: "Agent",
  agentLead: "What takes the messages. Changing it starts the profile anew.",
  restartAgent: "Restart agent",
  restarted: "Restarted.",
  reach: "Messages",
  reachLead: "How they reach this laptop. Changing it starts the profile anew.",
  trusted: "The relay is shown this workspace’s token.",
  doors: "Doors",
  doorsLead: "The public addresses that lead to the agent. They are not secret towards the org, and stand in no log.",
  platformDoor: "Platform door",
  platformDoorHint: "Registered with the platform, which alone may call it.",
  sharedDoor: "Shared door",
  sharedDoorHint: "For other A2A callers. Whoever has its address can call the agent.",
  shared: "Let other A2A callers in",
  show: "Show address",
  hide: "Hide",
  noDoors: "No door is open: messages are fetched, and nobody can call.",
  rotate: "New address",
  rotateOf: (door: string) => `New address for the ${door.toLowerCase()}`,
  gone: "There is no such profile.",
} as const;

/** Of forgetting a profile. */
export const forgetting = {
  title: "Forget this workspace",
  lead: "Takes everything of it off this laptop. The workspace stays in the org, without an agent, until somebody removes it there.",
  what: "What that deletes",
  look: "See what will be deleted",
  will: "This will be deleted:",
  sure: "Delete all this",
  done: "Forgotten. This was deleted:",
  nothing: "Nothing of it is kept here.",
  close: "OK",
} as const;

/** Of taking Ligand off this account. */
export const uninstalling = {
  title: "Remove Ligand from this account",
  lead: "Ends Ligand, and takes everything that it keeps for you off this laptop. The workspaces stay in their orgs, and the program goes the way it came.",
  look: "See what removing Ligand will delete",
  besides: "And the service that starts Ligand without a screen, if you have installed one.",
  sure: "Delete all this and quit",
  ending: "Ligand ends now. What was deleted is said when it has gone.",
} as const;

const traceKinds: Readonly<Record<TraceKind, string>> = {
  config: "Config",
  secret: "Secret",
  deliveries: "Deliveries",
  log: "Log",
  plugins: "Plugins",
  at_login: "Login item",
  file: "File",
};

/** What kind of thing a trace is; a kind of a newer host is shown by its name. */
export function traceWords(kind: TraceKind): string {
  return Object.hasOwn(traceKinds, kind) ? traceKinds[kind] : kind;
}

/** What answers, in a line. */
export function agentLine(agent: AgentConfig): string {
  switch (agent.kind) {
    case "echo":
      return "Echo, built in";
    case "attach":
      return `An A2A agent at ${agent.url}`;
    case "command":
      return "An A2A agent that Ligand starts";
    case "exec":
      return "A program for each message";
    case "claude":
      return "Claude Code";
    default:
      // Of a newer host.
      return (agent as { kind: string }).kind;
  }
}

/** How messages reach this laptop, in a line. */
export function exposureLine(exposure: ExposureConfig): string {
  switch (exposure.kind) {
    case "relay":
      return `Through the relay ${exposure.url}`;
    case "poll":
      return "Fetched from the platform";
    case "cloudflared":
      return "Through cloudflared";
    case "ngrok":
      return "Through ngrok";
    case "url":
      return `Through ${exposure.url}, to ${exposure.listen}`;
    case "auto":
      return exposure.url === null ? "Ligand finds the way" : `Through the relay ${exposure.url}, else as it can`;
    default:
      return (exposure as { kind: string }).kind;
  }
}
