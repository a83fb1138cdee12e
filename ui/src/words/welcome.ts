// What the way to a new workspace says, step by step.

import type { AgentChoice, Door, ExposureChoice, Step } from "../onboarding/draft";

/** The steps' names, as the list of them shows. */
export const stepNames: Readonly<Record<Step, string>> = {
  door: "Begin",
  details: "Workspace",
  agent: "Agent",
  exposure: "Reach",
  review: "Connect",
};

/** The whole way. */
export const welcome = {
  steps: "Steps",
  next: "Continue",
  back: "Back",
  title: "Bind this laptop to a workspace",
  first: "An agent on this machine answers for a workspace of your org. This laptop only ever dials out; nothing needs an open port.",
  step: (at: number, of: number, name: string) => `Step ${at} of ${of}: ${name}`,
} as const;

/** The first step: three doors. */
export const doors: readonly { value: Door; title: string; words: string }[] = [
  {
    value: "paste",
    title: "I have a connection block",
    words: "Your org has an external workspace that waits for its agent. Paste what the platform shows for it.",
  },
  {
    value: "create",
    title: "Make a new workspace",
    words: "With the platform’s address and an org key, Ligand makes the workspace for you.",
  },
  {
    value: "try",
    title: "Just try it",
    words: "An org of its own on this machine: platform, relay and an agent that echoes. It needs no account and no network.",
  },
];

/** The second step, by door. */
export const paste = {
  title: "Paste the connection block",
  lead: "On the platform’s Canvas, open the external workspace and copy its connection block, or one of the snippets beside it.",
  label: "Connection block or snippet",
  hint: "JSON from { to }, or a snippet. The token in it goes to the vault, and is never shown again.",
  read: "This is the workspace",
  platform: "Platform",
  workspace: "Workspace",
  token: "Token",
  hasToken: "There, and hidden from now on",
  again: "Paste another",
  tokenLabel: "Workspace token",
  tokenHint: "What was pasted or linked has no token in it. Copy it from the workspace’s credentials on the platform.",
  here: (profile: string) => `This laptop serves it already, as “${profile}”`,
  hereWords: "Go on to connect it again with this token. Its agent and the way in stay as they are.",
  linked: "A link brought you here, and this is all that it can do: it names a platform and a workspace, and nothing is stored yet. Go on only if you know them.",
} as const;

/** The second step where a workspace is made. */
export const create = {
  title: "Make a workspace",
  lead: "It appears in your org as soon as you connect, on the last step.",
  platform: "Platform’s address",
  key: "Org key",
  keyHint: "Used once to make the workspace, and then forgotten.",
  keep: "Show the whole org on the Canvas",
  keepHint: "Keeps the org key in the vault. Without it the Canvas shows this workspace and its peers.",
  name: "Name of the workspace",
  nameExample: "My laptop",
  role: "Role",
  roleHint: "What it is for, in a few words.",
} as const;

/** Of both. */
export const orgId = {
  label: "Org id",
  hint: "Only where the platform asks for it.",
} as const;

/** The third step. */
export const agentWords = {
  title: "What answers?",
  lead: "The agent takes the messages that come for the workspace. It can be changed later in the settings.",
  looking: "Looking for agents that run on this machine…",
  recommended: "Found here",
  foundWords: (process: string, versions: string) => `Runs already, in ${process}${versions === "" ? "" : `. A2A ${versions}`}`,
  inUse: (profiles: string) => `Answers for ${profiles} already`,
  address: "Address of the agent",
  command: "Program and its arguments",
  commandHint: "As you would type it. No shell reads it, so pipes and variables mean nothing.",
  runs: "Runs",
  open: "A quote is not closed.",
  folder: "In the folder",
  tools: "Tools that it may use",
  toolsHint: "As Claude Code names them, such as Read, Grep. Whoever can call the agent can use them.",
} as const;

/** What can answer. */
export const agentChoices: readonly { value: Exclude<AgentChoice, "found">; title: string; words: string }[] = [
  {
    value: "exec",
    title: "A program for each message",
    words: "The message comes on its standard input, its standard output is the answer.",
  },
  {
    value: "claude",
    title: "Claude Code",
    words: "Asks the claude on your PATH, in a folder of yours, with the tools that you allow.",
  },
  {
    value: "command",
    title: "An A2A agent that Ligand starts",
    words: "Ligand starts it, watches it and ends it. It listens on the port that it finds in PORT.",
  },
  {
    value: "address",
    title: "An A2A agent at an address",
    words: "One that you start yourself, on this machine.",
  },
  { value: "echo", title: "Echo", words: "Built in. Says what it heard: good for seeing that the way is open." },
];

/** The fourth step. */
export const exposureWords = {
  title: "How do messages reach this laptop?",
  lead: "Either way this laptop dials out, and nothing on it needs a port of its own.",
  recommended: "Recommended",
  relay: "Relay’s address",
  publicAddress: "Public address",
  publicHint: "Whatever passes HTTP on to this laptop: a reverse proxy, a tunnel of your own.",
  listen: "It passes it on to",
  relayHint: "Your org’s operator has it. Whoever has a host with a public name can run one: ligand-relay serve.",
} as const;

const REFUSED = "What is sent while you are away is refused and not queued.";

/** What can be chosen there, each with its reason and its caveat. */
export const exposures: readonly { value: ExposureChoice; title: string; reason: string; caveat: string }[] = [
  {
    value: "auto",
    title: "Let Ligand find the way",
    reason: "It fetches the messages where the platform keeps them, and else takes cloudflared or ngrok, if one is installed. Nothing needs to be set up.",
    caveat: "Fetched messages are answered a few seconds later, and not as a stream. Behind cloudflared and ngrok, what is sent while you are away is refused and not queued.",
  },
  {
    value: "relay",
    title: "Through a relay",
    reason: "Calls arrive at once and answers stream. Other A2A agents can be let in too.",
    caveat: "It needs a relay that the platform can reach. It passes on what is said, and never gets the workspace’s token.",
  },
  {
    value: "cloudflared",
    title: "Through cloudflared",
    reason: "A quick tunnel, which Ligand keeps running. It needs the cloudflared program and no account.",
    caveat: REFUSED,
  },
  {
    value: "ngrok",
    title: "Through ngrok",
    reason: "A tunnel, which Ligand keeps running. It needs the ngrok program, with its account set up.",
    caveat: REFUSED,
  },
  {
    value: "url",
    title: "Through a public address of your own",
    reason: "Something of yours passes HTTP on to this laptop.",
    caveat: REFUSED,
  },
];

/** The last step. */
export const review = {
  title: "Ready to connect",
  lead: "Nothing has been stored so far. This is what will be.",
  name: "Name on this laptop",
  nameHint: "What it is called in the tray, here and on the command line.",
  workspace: "Workspace",
  platform: "Platform",
  agent: "Agent",
  reach: "Messages",
  token: "Token",
  tokenWords: "Goes to the vault",
  stays: "Stays as it is",
  profile: "Profile",
  made: (name: string) => `A new one, “${name}”`,
  connect: "Connect",
  confirm: "Confirm it in the dialog",
  confirmWords: "Ligand has opened one on this machine. A page alone can never change what runs here.",
  warning: "The agent you chose runs commands on this machine. Whoever may send messages to the workspace can make it work.",
} as const;

/** After it. */
export const arriving = {
  title: "Almost there",
  waiting: "Bringing the workspace online…",
  online: "Online",
  missing: "One thing is missing",
  canvas: "Open the Canvas",
  health: "See what was looked at",
  settings: "Change its settings",
} as const;

/** The third door. */
export const tryIt = {
  title: "Try it on this machine",
  lead: "Ligand brings a small org along: a platform, a relay, the host and an echo agent, all on this machine.",
  running: "It is running already.",
  open: "Open it on the Canvas",
  begin: "Start it",
  how: "The same from a terminal:",
  note: "Nothing but this laptop reaches it. It comes along whenever Ligand starts, until you forget it in the settings.",
} as const;
