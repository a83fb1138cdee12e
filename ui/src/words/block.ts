// Reading what was pasted: the platform's connection block as JSON, alone or in what was copied around it, or one of the
// platform's snippets. The host reads it again; this one says at once what is missing. It never repeats a token.

import { addressOf } from "./judge";

/** What a text names; a snippet has no token in it. */
export interface Block {
  platform: string;
  workspace: string;
  token: string | null;
}

/** What a text was read as: a block, or in words why it is none. */
export type Reading = { block: Block } | { fault: string };

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
/** The register call stands in every snippet, and its address begins with the platform's. */
const REGISTER = /(https?:\/\/[^\s'"`<>]+?)\/registry\/register/;
const PLATFORM = /(?:platform_?url|base_?url)["']?\s*[:=]\s*["']?(https?:\/\/[^\s'"`<>,;]+)/i;
/** Followed by what may be a token and is no placeholder. */
const TOKEN = /(?:auth_?token|workspace_?token|\btoken)["']?\s*[:=]\s*["']?([A-Za-z0-9._~+/=-]{12,})/i;

/** Reads a text. */
export function readBlock(text: string): Reading {
  if (text.trim() === "") {
    return { fault: "Paste the connection block here." };
  }
  return readJson(text) ?? readSnippet(text);
}

function readJson(text: string): Reading | null {
  const [from, to] = [text.indexOf("{"), text.lastIndexOf("}")];
  if (from < 0 || to < from) {
    return null;
  }
  let value: unknown;
  try {
    value = JSON.parse(text.slice(from, to + 1));
  } catch {
    return null;
  }
  const outer = value as Record<string, unknown>;
  const inner = outer.connection ?? outer;
  if (typeof inner !== "object") {
    return { fault: "Its part “connection” is not what the platform writes there. Copy the whole block again." };
  }
  const fields = inner as Record<string, unknown>;
  const field = (name: string) => (typeof fields[name] === "string" ? fields[name].trim() : "");
  const [platform, workspace, token] = [field("platform_url"), field("workspace_id"), field("auth_token")];
  const missing = [
    platform === "" && "the platform’s address (platform_url)",
    workspace === "" && "the workspace’s id (workspace_id)",
  ].filter((each) => each !== false);
  if (missing.length > 0) {
    return { fault: `There is JSON here, but not ${missing.join(" and ")}. Copy the whole block, from { to }.` };
  }
  return checked({ platform, workspace, token: token === "" ? null : token });
}

function readSnippet(text: string): Reading {
  const platform = (REGISTER.exec(text) ?? PLATFORM.exec(text))?.[1];
  const workspace = ID.exec(text)?.[0];
  if (platform === undefined && workspace === undefined) {
    return text.trimStart().startsWith("{")
      ? { fault: "The block is cut off or was changed: it is not whole JSON. Copy it again, from { to }." }
      : { fault: "This is neither a connection block nor one of the platform’s snippets." };
  }
  if (platform === undefined) {
    return { fault: "A workspace’s id is here, but not the platform’s address. Copy the whole block or snippet." };
  }
  if (workspace === undefined) {
    return { fault: "The platform’s address is here, but not the workspace’s id. Copy the whole block or snippet." };
  }
  return checked({ platform, workspace, token: TOKEN.exec(text)?.[1] ?? null });
}

function checked(block: Block): Reading {
  if (!ID.test(block.workspace)) {
    return { fault: "The workspace’s id in it is not one: it has 36 signs." };
  }
  return addressOf(block.platform) ? { block } : { fault: "The platform’s address in it is none." };
}
