// What the panel beside the Canvas says of this laptop, and of a message to our own workspace.

/** The panel and its tabs. */
export const panelWords = {
  beside: "Beside the Canvas",
  laptop: "This laptop",
  timeline: "Timeline",
  /** A workspace whose tab is open, and which is not there any more. */
  gone: "Gone",
  health: "Health",
} as const;

/** The card of our own workspace. */
export const cardWords = {
  ours: "Our workspace",
  since: (moment: string) => `since ${moment}`,
  retry: (moment: string) => `Next try at ${moment}.`,
  link: "Link",
  exposure: "Exposure",
  agent: "Agent",
  platform: "Platform",
  start: "Start",
  starting: "Starting…",
  stop: "Stop",
  stopping: "Stopping…",
} as const;

/** A message to our own workspace. */
export const helloWords = {
  title: "Say hello",
  first: "Hello!",
  field: "Message to our workspace",
  send: "Send",
  sending: "Sending…",
  unheard: "The host is not heard.",
  stopped: "Start the workspace first.",
  way: "Goes through platform and tunnel.",
  waiting: "Waiting for the answer",
  waitingFor: (seconds: string) => `Waiting for the answer, ${seconds} s`,
  long: "(an agent has two minutes for it)",
  answer: "Answer",
  wordless: "The agent answered without text.",
  total: "total",
  parts: { platform: "platform", tunnel: "tunnel", agent: "agent" },
} as const;
