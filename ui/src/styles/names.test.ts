// Every class has its looks from one place: a second screen that takes the same name would change the first.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

test("no class is looked after in two folders", () => {
  const folders = new Map<string, Set<string>>();
  for (const file of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".css")) {
      for (const [name] of readFileSync(join(root, file), "utf8").matchAll(/^\.[a-z][\w-]*(?= ?[,{])/gm)) {
        folders.set(name, (folders.get(name) ?? new Set()).add(dirname(file)));
      }
    }
  }
  const shared = [...folders].filter(([, of]) => of.size > 1).map(([name, of]) => `${name}: ${[...of].join(", ")}`);
  expect(folders.size).toBeGreaterThan(100);
  expect(shared).toEqual([]);
});
