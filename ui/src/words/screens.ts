// The screens by name, and what is said of the window as a whole.

import type { ScreenName } from "../app/route";
import type { Connection } from "../store/model";
import type { Look } from "./look";

/** Each screen: its name, and in a sentence what it is for. */
export const screens: Readonly<Record<ScreenName, { name: string; lead: string }>> = {
  canvas: { name: "Canvas", lead: "Every workspace of the org, live." },
  inspector: { name: "Inspector", lead: "What was sent to this laptop, and what became of it." },
  logs: { name: "Logs", lead: "What the host and its agents wrote down. Secrets and the doors' addresses are never in it." },
  health: { name: "Health", lead: "Everything between the org and your agent, looked at in order." },
  settings: { name: "Settings", lead: "How this laptop takes part." },
  about: { name: "About", lead: "Binds this laptop to a Molecule AI org." },
  welcome: { name: "Add a workspace", lead: "Binds this laptop to a workspace of your org." },
};

/** The window as a whole. */
export const whole = {
  name: "Ligand",
  connecting: "Connecting to the host",
  skip: "Skip to the content",
  screens: "Screens",
  profiles: "Profiles",
  add: "Add a workspace",
  attention: (count: number) => (count === 1 ? "1 thing needs attention" : `${count} things need attention`),
} as const;

/** How the window stands with the host. */
export const connectionLooks: Readonly<Record<Connection["state"], Look>> = {
  connecting: { word: "Connecting", shape: "half", tone: "busy" },
  live: { word: "Live", shape: "disc", tone: "good" },
  lost: { word: "Reconnecting", shape: "half", tone: "warn" },
  refused: { word: "Refused", shape: "cross", tone: "bad" },
};
