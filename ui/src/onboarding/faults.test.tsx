// Whatever can be wrong with a field on the way to a new workspace is said beside it as it is typed, and the way does
// not go on before it is mended. (What only a platform can say is tried in the real window.)

import { fireEvent } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { HostFailure } from "../host/host";
import { BLOCK, ID, open, TOKEN } from "../testing/onboarding";

type Opened = ReturnType<typeof open>;

/** A field: the way to it, its label, a good text, and the wrong ones with what is said of each. */
interface Case {
  field: RegExp;
  way: (opened: Opened) => void;
  good: string;
  wrong: [text: string, words: RegExp][];
}

const toCreate = ({ pick, next, type }: Opened) => {
  pick(/new workspace/);
  next();
  type(/Platform’s address/, "https://acme.example");
  type(/Org key/, "org-key-1");
  type(/Name of the workspace/, "My laptop");
};
const toAgent = (opened: Opened) => {
  toCreate(opened);
  opened.next();
};
const toReach = (opened: Opened) => {
  toAgent(opened);
  opened.next();
};
const picked = (way: (opened: Opened) => void, name: RegExp, more?: (opened: Opened) => void) => (opened: Opened) => {
  way(opened);
  opened.pick(name);
  more?.(opened);
};

const ADDRESSES: [string, RegExp][] = [
  ["not an address", /^This is no address. It looks like https:\/\//],
  ["ftp://acme.example", /^It must begin with https:\/\/, not ftp/],
  ["https://me:word@acme.example", /^Take the bare address/],
  ["https://acme.example/?a=b", /^Take the bare address/],
  ["http://acme.example", /^Without https everybody on the way could read the token. Ask for/],
  ["http://127.acme.example", /^Without https/],
];

const cases: Case[] = [
  { field: /Platform’s address/, way: toCreate, good: "acme.example", wrong: ADDRESSES },
  {
    field: /Org key/,
    way: toCreate,
    good: "org-key-1",
    wrong: [["two words", /^It has spaces or signs that no token has. Copy it again/]],
  },
  {
    field: /Name of the workspace/,
    way: toCreate,
    good: "My laptop",
    wrong: [["x".repeat(101), /^That is too long: at most 100 letters/]],
  },
  {
    field: /Org id/,
    way: toCreate,
    good: "org-1",
    wrong: [
      ["two words", /^It has spaces or signs that no org's id has. Copy it/],
      ["x".repeat(257), /^It has spaces or signs/],
    ],
  },
  {
    field: /Address of the agent/,
    way: picked(toAgent, /agent at an address/),
    good: "localhost:9000",
    wrong: [
      ["9000", /^This is no address. It looks like http:\/\/127/],
      ["http://me:word@127.0.0.1:9000", /^Take the bare address/],
      ["https://agent.example", /^The agent must run on this machine, at 127.0.0.1 or localhost/],
    ],
  },
  {
    field: /Program and its arguments/,
    way: picked(toAgent, /agent that Ligand starts/, ({ type }) => {
      type("In the folder", "/home/ada");
    }),
    good: "python agent.py",
    wrong: [["python 'agent.py", /^A quote is not closed/]],
  },
  {
    field: /In the folder/,
    way: picked(toAgent, /program for each message/, ({ type }) => {
      type(/Program/, "./answer.sh");
    }),
    good: "/home/ada",
    wrong: [
      ["work", /^Give the whole path, beginning with \//],
      ["~/work", /^Give the whole path/],
    ],
  },
  {
    field: /Tools that it may use/,
    way: picked(toAgent, /Claude Code/, ({ type }) => {
      type("In the folder", "/home/ada");
    }),
    good: "Read, Bash(git log:*)",
    wrong: [
      ["Read Grep", /^“Read Grep” is no tool. Name them one by one, with commas/],
      ["Read, Bash(*)", /^With all of Bash strangers' messages could run any command here. Say which/],
    ],
  },
  { field: /Relay’s address/, way: picked(toReach, /Through a relay/), good: "https://relay.example", wrong: ADDRESSES },
  {
    field: /Public address/,
    way: picked(toReach, /public address of your own/),
    good: "https://laptop.example",
    wrong: [...ADDRESSES, ["https://laptop.example/in", /^Leave out the path: the doors have paths of their own/]],
  },
  {
    field: /It passes it on to/,
    way: picked(toReach, /public address of your own/, ({ type }) => {
      type(/Public address/, "https://laptop.example");
    }),
    good: "[::1]:8474",
    wrong: [
      ["8474", /^It looks like 127.0.0.1:8474/],
      ["127.0.0.999:8474", /^It looks like/],
      ["0.0.0.0:8474", /^Other machines could reach it there. It must be on this machine/],
      ["127.0.0.1:0", /^Its port must be 1 to 65535/],
      ["127.0.0.1:70000", /^Its port must be/],
    ],
  },
  {
    field: /Name on this laptop/,
    way: (opened) => {
      toReach(opened);
      opened.next();
    },
    good: "mine",
    wrong: [
      ["My laptop", /^Use 1 to 32 lower case letters, digits and hyphens/],
      ["work", /^There is a profile of that name already/],
    ],
  },
];

function goesOn({ container }: Opened) {
  return container.querySelector<HTMLButtonElement>("button[type=submit]")?.disabled === false;
}

describe("a field of the way to a new workspace", () => {
  it.each(cases)("$field says what is wrong with it, and the way goes on once it is mended", (tried) => {
    const opened = open({}, ["work"]);
    tried.way(opened);
    const input = opened.getByLabelText(tried.field);
    const said = () => (input.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id));
    for (const [text, words] of tried.wrong) {
      opened.type(tried.field, text);
      expect(said().at(-1)?.textContent).toMatch(words);
      expect(input.getAttribute("aria-invalid")).toBe("true");
      expect(goesOn(opened)).toBe(false);
    }
    opened.type(tried.field, tried.good);
    expect(input.getAttribute("aria-invalid")).toBeNull();
    expect(goesOn(opened)).toBe(true);
  });

  it("without which nothing can be done keeps the way where it is", () => {
    const empty: [way: (opened: Opened) => void, field: RegExp][] = cases
      .filter(({ field }) => !["Org id", "Tools"].some((optional) => field.source.startsWith(optional)))
      .map(({ way, field }) => [way, field]);
    for (const [way, field] of empty) {
      const opened = open();
      way(opened);
      opened.type(field, "");
      expect(goesOn(opened)).toBe(false);
      opened.unmount();
    }
  });
});

describe("what is pasted", () => {
  it.each([
    ["hello", /neither a connection block nor one of the platform’s snippets/],
    ['{"workspace_id": "7d', /cut off or was changed: it is not whole JSON. Copy it again, from { to }/],
    [`the id is ${ID}`, /not the platform’s address. Copy the whole block or snippet/],
    ["https://acme.example/registry/register", /not the workspace’s id. Copy the whole block or snippet/],
    [JSON.stringify({ workspace_id: ID }), /not the platform’s address \(platform_url\). Copy the whole block/],
    [JSON.stringify({ connection: "x" }), /Its part “connection” is not what the platform writes there. Copy/],
    [BLOCK.replace(ID, "7d0f"), /The workspace’s id in it is not one: it has 36 signs/],
    [BLOCK.replace("https://acme.example", "nowhere at all"), /The platform’s address in it is none/],
    [BLOCK.replace("https:", "http:"), /Without https everybody on the way could read the token/],
    [BLOCK.replace("https:", "ftp:"), /It must begin with https:\/\//],
    [BLOCK.replace("https://", "https://me:word@"), /Take the bare address/],
  ])("is said to be wrong in words: %s", (text, words) => {
    const opened = open();
    opened.pick(/connection block/);
    opened.next();
    opened.type(/Connection block/, text);
    expect(opened.getByText(words).textContent).not.toContain(TOKEN);
    expect(goesOn(opened)).toBe(false);
  });

  it("needs its token, and the org's id may come with it", () => {
    const opened = open();
    opened.pick(/connection block/);
    opened.next();
    opened.type(/Connection block/, JSON.stringify({ ...(JSON.parse(BLOCK) as object), auth_token: "" }));
    expect(goesOn(opened)).toBe(false);
    opened.type(/Workspace token/, "two words");
    opened.getByText(/no token has/);
    expect(goesOn(opened)).toBe(false);
    opened.type(/Workspace token/, TOKEN);
    opened.type(/Org id/, "two words");
    opened.getByText(/no org's id has/);
    expect(goesOn(opened)).toBe(false);
    opened.type(/Org id/, "org-1");
    expect(goesOn(opened)).toBe(true);
  });

  it("or linked does not go on with an id that is none", () => {
    const opened = open({ platform: "https://acme.example", workspace: "7d0f" });
    opened.type(/Workspace token/, TOKEN);
    opened.getByText(/A workspace's id has 36 signs/);
    expect(goesOn(opened)).toBe(false);
  });
});

describe("what the host says", () => {
  it.each([
    ["asking_already", "another question of Ligand's is open", "answer that one first", "Another question of Ligand's is open.Answer that one first."],
    ["nobody_to_ask", "this host has no screen to ask you on", "use the `ligand` command", "This host has no screen to ask you on.Use the ligand command."],
    ["host_away", "The host does not answer", "This page tries again by itself.", "The host does not answer.This page tries again by itself."],
  ])("stands on the last step, and it can be tried again: %s", async (code, message, next, shown) => {
    const opened = open();
    opened.answers(() => Promise.reject(new HostFailure({ code, message, next, needs_user: false })));
    toReach(opened);
    opened.next();
    opened.next();
    expect((await opened.findByRole("alert")).textContent).toBe(shown);
    expect(goesOn(opened)).toBe(true);
    // Nothing that was typed is lost on the way back.
    for (const title of ["How do messages reach this laptop?", "What answers?", "Make a workspace"]) {
      fireEvent.click(opened.getByRole("button", { name: /Back/ }));
      expect(opened.title()).toBe(title);
    }
    expect(opened.getByLabelText(/Org key/)).toHaveProperty("value", "org-key-1");
  });
});
