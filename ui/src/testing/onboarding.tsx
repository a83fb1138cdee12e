// The way to a new workspace with a hand that types, chooses and goes on, and a host that notes what it is asked.

import { fireEvent } from "@testing-library/react";

import type { Ask } from "../host/routes";
import { Welcome } from "../onboarding/Welcome";
import { profile, status } from "./samples";
import { show } from "./show";

/** A workspace, its token, and the block that brings both. */
export const ID = "7d0f0d5c-0000-4000-8000-000000000001";
export const TOKEN = "q3secret-token";
export const BLOCK = JSON.stringify({ workspace_id: ID, platform_url: "https://acme.example", auth_token: TOKEN });
/** An agent that runs here. */
const FOUND = {
  name: "<b>My agent</b>",
  url: "http://127.0.0.1:9000",
  versions: ["1.0"],
  process: "python",
  pid: 7,
  profiles: [],
};

/** What was sent to be confirmed. */
interface Sent {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

/** Opens the way to a new workspace, perhaps by a link, on a host with these profiles. */
export function open(link: { platform?: string; workspace?: string } = {}, profiles: string[] = []) {
  const shown = show(<Welcome platform={link.platform ?? null} workspace={link.workspace ?? null} />);
  const sent: Sent[] = [];
  let answer: () => Promise<unknown> = () => Promise.resolve({ profile: "work" });
  shown.host.reply = ({ path, body }: Ask) => {
    if (path === "/v1/agents") {
      return Promise.resolve({ agents: [FOUND] });
    }
    sent.push(body as Sent);
    return answer();
  };
  shown.say({ kind: "live" }, { kind: "status", status: status(...profiles.map((name) => profile(name))) });
  const next = () => {
    // Enter in a form does what its submit button does.
    const button = shown.container.querySelector<HTMLButtonElement>("button[type=submit]");
    if (button?.disabled === false) {
      fireEvent.submit(button);
    }
  };
  const type = (label: string | RegExp, text: string) => {
    fireEvent.change(shown.getByLabelText(label), { target: { value: text } });
  };
  const pick = (name: RegExp) => {
    fireEvent.click(shown.getByRole("radio", { name }));
  };
  const title = () => shown.getByRole("heading", { level: 1 }).textContent;
  return {
    ...shown,
    sent,
    next,
    type,
    pick,
    title,
    answers: (with_: () => Promise<unknown>) => {
      answer = with_;
    },
  };
}
