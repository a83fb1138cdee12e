// @vitest-environment node
// Against a real server on a port of its own.

import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { profile, status } from "../testing/samples";
import type { HostEvent, Unsubscribe } from "./host";
import { httpHost } from "./http";
import { ask } from "./routes";

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;

const TOKEN = "s3cret";
let server: http.Server;
let handle: Handler;
let subscriptions: Unsubscribe[];

beforeEach(async () => {
  subscriptions = [];
  server = http.createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece: string) => (body += piece));
    request.on("end", () => {
      handle(request, response, body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { fetch } = globalThis;
  // A page's addresses are relative to its own.
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init));
});

afterEach(() => {
  for (const end of subscriptions) {
    end();
  }
  server.closeAllConnections();
  server.close();
  vi.unstubAllGlobals();
});

function listen(token: string | null = TOKEN) {
  const events: HostEvent[] = [];
  subscriptions.push(httpHost(token).subscribe((event) => events.push(event)));
  const heard = (kind: HostEvent["kind"], times = 1) =>
    vi.waitFor(() => {
      expect(events.filter((event) => event.kind === kind).length).toBeGreaterThanOrEqual(times);
    }, 5_000);
  return { events, heard };
}

function json(response: http.ServerResponse, code: number, body: unknown) {
  response.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

const sse = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

describe("events", () => {
  it("are heard with the token in the header and nowhere else", async () => {
    const document = status(profile("work"));
    let asked: http.IncomingMessage | undefined;
    handle = (request, response) => {
      asked = request;
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      const text = sse("status", document) + sse("of_a_newer_host", {});
      response.write(text.slice(0, 20));
      setImmediate(() => response.write(text.slice(20)));
    };
    const { events, heard } = listen();
    await heard("status");
    expect(events).toEqual([{ kind: "live" }, { kind: "status", status: document }]);
    expect(asked?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(asked?.url).toBe("/v1/events?changes=true");
    expect(asked?.headers.cookie).toBeUndefined();
  });

  it("are heard again after the host broke off, and were last heard then", async () => {
    let calls = 0;
    handle = (_, response) => {
      calls += 1;
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(sse("status", status()), () => {
        if (calls === 1) {
          response.destroy();
        }
      });
    };
    const { events, heard } = listen();
    await heard("status", 2);
    const kinds = events.map((event) => event.kind);
    expect(kinds).toEqual(["live", "status", "lost", "live", "status"]);
    const lost = events.find((event) => event.kind === "lost");
    expect(lost?.heard).toBeInstanceOf(Date);
    expect(lost?.failure.code).toBe("host_away");
  });

  it("are asked for again while the host cannot be reached, never having been heard", async () => {
    handle = (_, response) => response.destroy();
    const { events, heard } = listen();
    await heard("lost", 2);
    expect(events[0]).toMatchObject({ kind: "lost", heard: null, failure: { code: "host_away" } });
  });

  it("are not asked for again when the token is wrong or missing", async () => {
    let calls = 0;
    handle = (_, response) => {
      calls += 1;
      json(response, 401, { error: { code: "unauthorized", message: "no", next: null, needs_user: true } });
    };
    const { events, heard } = listen("other");
    await heard("refused");
    expect(events).toEqual([expect.objectContaining({ failure: expect.objectContaining({ code: "wrong_token" }) as unknown })]);
    const without = listen(null);
    expect(without.events).toMatchObject([{ kind: "refused", failure: { code: "no_token" } }]);
    expect(calls).toBe(1);
  });

  it("do not come from something else that answers there", async () => {
    handle = (_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<html>");
    const { events, heard } = listen();
    await heard("lost");
    expect(events[0]).toMatchObject({ failure: { code: "not_the_host" } });
  });

  it("end with the subscription", async () => {
    let closed = false;
    handle = (_, response) => {
      response.on("close", () => (closed = true));
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(": here\n\n");
    };
    const { events, heard } = listen();
    await heard("live");
    subscriptions.forEach((end) => { end(); });
    await vi.waitFor(() => {
      expect(closed).toBe(true);
    });
    expect(events).toEqual([{ kind: "live" }]);
  });
});

describe("requests", () => {
  it("carry profile and text as they are", async () => {
    const sent = { answer: "hi", total_ms: 1, platform_ms: 1, tunnel_ms: 0, agent_ms: 0 };
    const asked: string[] = [];
    handle = ({ method, url, headers }, response, body) => {
      asked.push(`${method ?? ""} ${url ?? ""} ${headers.authorization ?? ""} ${body}`);
      json(response, 200, url?.endsWith("send") ? sent : {});
    };
    const host = httpHost(TOKEN);
    await host.start("work");
    await host.stop("a/b ?");
    expect(await host.send("work", "hé\n")).toEqual(sent);
    expect(asked).toEqual([
      "POST /v1/profiles/work/start Bearer s3cret ",
      "POST /v1/profiles/a%2Fb%20%3F/stop Bearer s3cret ",
      'POST /v1/profiles/work/send Bearer s3cret {"text":"hé\\n"}',
    ]);
  });

  it("for anything else are those of the table, and an admin change is asked for in one place", async () => {
    const asked: string[] = [];
    handle = ({ method, url }, response, body) => {
      asked.push(`${method ?? ""} ${url ?? ""} ${body}`);
      json(response, 200, {});
    };
    const host = httpHost(TOKEN);
    await host.ask(ask.logs("my agent", 5));
    await host.ask(
      ask.addProfile({
        name: "work",
        connection: { platform_url: "https://acme.example", workspace_id: "w", auth_token: "t" },
        org_id: null,
        relay: null,
        exposure: null,
        agent: { kind: "echo" },
      }),
    );
    expect(asked[0]).toBe("GET /v1/logs?lines=5&agent=my%20agent ");
    expect(asked[1]).toContain('POST /v1/admin {"method":"POST","path":"/v1/profiles","body":{"name":"work"');
  });

  it("fail in the host's words", async () => {
    const error = { code: "not_running", message: "profile work is not running", next: "start it", needs_user: false };
    handle = (_, response) => {
      json(response, 409, { error });
    };
    await expect(httpHost(TOKEN).send("work", "hi")).rejects.toMatchObject({ failure: error });
  });

  it("fail in words when the host is away, is something else, or does not know the token", async () => {
    const host = httpHost(TOKEN);
    const code = (failure: string) => expect(host.start("work")).rejects.toMatchObject({ failure: { code: failure } });
    handle = (_, response) => response.destroy();
    await code("host_away");
    handle = (_, response) => response.writeHead(502).end("<html>");
    await code("not_the_host");
    handle = (_, response) => response.writeHead(200).end("<html>");
    await code("not_the_host");
    handle = (_, response) => response.writeHead(401).end();
    await code("wrong_token");
    await expect(httpHost(null).start("work")).rejects.toMatchObject({ failure: { code: "no_token" } });
  });
});
