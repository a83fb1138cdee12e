// Builds the bench's page as the window itself is built, and serves it with made-up orgs.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { build, createServer as createVite } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** Builds and serves; the result says where, and ends it. */
export async function servePage() {
  const root = join(here, "page");
  await build({ root, configFile: join(here, "../vite.config.ts"), logLevel: "error", build: { outDir: dist, emptyOutDir: true } });
  // The made-up org is TypeScript like everything else.
  const vite = await createVite({ root, configFile: false, logLevel: "error", server: { middlewareMode: true }, appType: "custom" });
  const { madeUp } = await vite.ssrLoadModule("/org.ts");
  await vite.close();
  const orgs = new Map();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://bench");
    try {
      if (pathname === "/org.json") {
        const count = Number(searchParams.get("n"));
        orgs.has(count) || orgs.set(count, JSON.stringify(madeUp(count)));
        response.setHeader("Content-Type", "application/json");
        response.end(orgs.get(count));
        return;
      }
      const file = join(dist, normalize(pathname === "/" ? "/index.html" : pathname));
      const bytes = await readFile(file);
      response.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream");
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    end: () => new Promise((resolve) => server.close(resolve)),
  };
}
