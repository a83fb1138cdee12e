// What is said of what was typed.

import { describe, expect, it } from "vitest";

import { argvOf } from "./argv";
import { readBlock } from "./block";
import {
  judgeAgent,
  judgeFolder,
  judgeListen,
  judgeName,
  judgeOrgId,
  judgePlatform,
  judgeProfile,
  judgePublic,
  judgeSecret,
  judgeTools,
  judgeWorkspace,
  type Judged,
} from "./judge";

const ID = "7d0f0d5c-0000-4000-8000-000000000001";
const BLOCK = { workspace_id: ID, platform_url: "https://acme.example", auth_token: "q3secret-token" };

describe("what is typed", () => {
  it("is judged as the host will judge it", () => {
    const cases: [judge: (text: string) => Judged, good: string[], wrong: string[]][] = [
      [
        judgePlatform,
        ["https://acme.example", " https://acme.example/x ", "http://localhost:8080", "http://127.0.0.1:1", "acme.example", "localhost:8080"],
        ["", "http://acme.example", "ftp://acme.example", "javascript:alert(1)", "https://a:b@acme.example", "https://acme.example/?x", "https://"],
      ],
      [judgeWorkspace, [ID, ID.toUpperCase()], ["7d0f", `${ID}x`]],
      [judgeAgent, ["http://127.0.0.1:9000", "localhost:9000", "http://[::1]:1"], ["9000", "http://10.0.0.1", "https://acme.example", "http://a:b@127.0.0.1:1", "http://127.0.0.1.example:1", ""]],
      [judgePublic, ["https://laptop.example", "laptop.example:8443/"], ["http://laptop.example", "https://laptop.example/x", ""]],
      [judgeListen, ["127.0.0.1:8474", "[::1]:1"], ["0.0.0.0:8474", "192.168.1.2:1", "127.0.0.1:0", "127.0.0.1:65536", "8474", "localhost:1", ""]],
      [judgeOrgId, ["", "org-1"], ["two words", "x".repeat(257)]],
      [judgeTools, ["", "Read", "Read, mcp__a__b,Bash(git log:*)"], ["Read Grep", "Bash", "Bash(*)", "Bash(:*)", "1", "Bash(a,b)"]],
      [judgeSecret, ["q3token", " q3token\n"], ["", "two words", "token\u00e9", "a\nb"]],
      [judgeFolder, ["/home/me", "C:\\work"], ["work", "~/work", "./x", ""]],
      [judgeName, ["Ada's laptop"], ["x".repeat(101)]],
      [(text) => judgeProfile(text, ["home"]), ["work", "w-2"], ["", "Work", "a b", "home", "x".repeat(33)]],
    ];
    for (const [judge, good, wrong] of cases) {
      expect(good.filter((text) => !judge(text).good)).toEqual([]);
      expect(wrong.filter((text) => judge(text).good)).toEqual([]);
    }
  });

  it("is never repeated when it is secret", () => {
    expect(judgeSecret("q3 secret").words).not.toContain("q3");
    for (const text of ['{"auth_token": "q3secret-token"', JSON.stringify({ ...BLOCK, workspace_id: 7 })]) {
      const reading = readBlock(text);
      expect("fault" in reading && reading.fault).not.toContain("q3secret");
    }
  });
});

describe("what is pasted", () => {
  const block = { platform: "https://acme.example", workspace: ID, token: "q3secret-token" };

  it("is understood as a block, a wrapped one, a whole reply, and with words around it", () => {
    const json = JSON.stringify(BLOCK);
    for (const text of [
      json,
      JSON.stringify({ connection: BLOCK }),
      JSON.stringify({ id: ID, external: true, connection: BLOCK }, null, 2),
      `Here it is:\n\`\`\`json\n${json}\n\`\`\`\n`,
    ]) {
      expect(readBlock(text)).toEqual({ block });
    }
    expect(readBlock(JSON.stringify({ ...BLOCK, auth_token: "" }))).toEqual({ block: { ...block, token: null } });
  });

  it("is understood as a snippet, whose placeholders are no token", () => {
    const curl = `WORKSPACE_AUTH_TOKEN='…' AGENT_URL='https://…'
      curl -fsS 'https://acme.example/registry/register' -H "Authorization: Bearer $WORKSPACE_AUTH_TOKEN" \\
      -d '{"id":"${ID}","url":"'"$AGENT_URL"'"}'`;
    expect(readBlock(curl)).toEqual({ block: { ...block, token: null } });
    const environment = `export PLATFORM_URL=https://acme.example\nexport WORKSPACE_ID=${ID}\nMOLECULE_WORKSPACE_TOKEN=q3secret-token`;
    expect(readBlock(environment)).toEqual({ block });
  });

  it("is said to be incomplete in words", () => {
    for (const [text, words] of [
      ["", "Paste"],
      ["hello", "neither"],
      ['{"workspace_id": "7d', "cut off"],
      [`the id is ${ID}`, "not the platform"],
      ["https://acme.example/registry/register", "not the workspace"],
      [JSON.stringify({ ...BLOCK, platform_url: null }), "platform_url"],
      [JSON.stringify({ connection: "x" }), "connection"],
      [JSON.stringify({ ...BLOCK, workspace_id: "7d0f" }), "36"],
    ] as const) {
      const reading = readBlock(text);
      expect("fault" in reading ? reading.fault : "understood").toContain(words);
    }
  });
});

describe("a command line", () => {
  it("is taken apart without a shell", () => {
    expect(argvOf("python  agent.py")).toEqual(["python", "agent.py"]);
    expect(argvOf(`run "a b" 'c d' e\\ f ""`)).toEqual(["run", "a b", "c d", "e f", ""]);
    expect(argvOf(`sh -c 'echo "$HOME" | cat'`)).toEqual(["sh", "-c", 'echo "$HOME" | cat']);
    expect(argvOf(" ")).toEqual([]);
    expect(argvOf(`run "a`)).toBeNull();
  });
});
