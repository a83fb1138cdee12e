// The tree that parents make, whatever the data says.

import { describe, expect, it } from "vitest";

import { workspace } from "../testing/samples";
import { treeOf } from "./tree";

const member = (id: string, parent: string | null = null) => workspace(id, { parent_id: parent });

describe("treeOf", () => {
  it("makes roots of those whose parent nobody knows", () => {
    const tree = treeOf([member("a", "gone"), member("b", "a")]);
    expect(tree.roots).toEqual(["a"]);
    expect(tree.children.get("a")).toEqual(["b"]);
  });

  it("cuts a circle at its smallest id, whatever leads into it", () => {
    const circle = [member("a", "c"), member("b", "a"), member("c", "b"), member("0", "b")];
    for (const data of [circle, [...circle].reverse()]) {
      const tree = treeOf(data);
      expect(tree.roots).toEqual(["a"]);
      expect(tree.children.get("b")).toEqual(["0", "c"]);
    }
  });

  it("makes a root of who is its own parent", () => {
    expect(treeOf([member("a", "a")]).roots).toEqual(["a"]);
  });

  it("orders siblings by name as people count, and equal names by id", () => {
    const named = (id: string, name: string) => workspace(id, { name });
    const tree = treeOf([named("3", "worker 10"), named("2", "Worker 9"), named("1", "worker 10")]);
    expect(tree.roots).toEqual(["2", "1", "3"]);
  });
});
