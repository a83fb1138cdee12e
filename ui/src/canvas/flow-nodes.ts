// The layout as nodes of the drawing library. A place that stays is the same node, so the library leaves it alone.

import type { Node } from "@xyflow/react";

import type { Layout, Place } from "../layout/arrange";

const cache = new WeakMap<Place, Node>();
const lists = new WeakMap<Layout, Node[]>();

/** The nodes of a layout, each parent before its children. */
export function flowNodes(layout: Layout): Node[] {
  const known = lists.get(layout);
  if (known) {
    return known;
  }
  const nodes = [...layout.places.values()].map(flowNode);
  lists.set(layout, nodes);
  return nodes;
}

function flowNode(place: Place): Node {
  const known = cache.get(place);
  if (known) {
    return known;
  }
  const { id, x, y, width, height, depth } = place;
  const node: Node = {
    id,
    type: "workspace",
    position: { x, y },
    // Given, so that nothing is measured.
    width,
    height,
    measured: { width, height },
    handles: [],
    // What stands inside lies above.
    zIndex: depth,
    data: {},
    // The workspace inside it has name, role and keyboard; this frame is nothing by itself.
    ariaRole: "presentation",
    domAttributes: { "aria-roledescription": undefined },
  };
  cache.set(place, node);
  return node;
}
