// Plain React Flow with the same nodes: its own defaults, one memoised component per node, nodes replaced where they
// changed. The layout is ours, so that only the drawing differs, and the middle button pans as on our own Canvas.

import { Background, ReactFlow, type Node, type NodeProps, type NodeTypes } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { memo, useEffect, useState } from "react";
import type { Root } from "react-dom/client";

import type { Org } from "../../src/generated/Org";
import type { OrgChange } from "../../src/generated/OrgChange";
import type { OrgWorkspace } from "../../src/generated/OrgWorkspace";
import { WorkspaceCard } from "../../src/canvas/WorkspaceCard";
import { arrange } from "../../src/layout/arrange";

type FlowNode = Node<{ workspace: OrgWorkspace; inside: number }>;

const Card = memo(function Card({ data }: NodeProps<FlowNode>) {
  return (
    <div className="flow-node">
      <WorkspaceCard workspace={data.workspace} inside={data.inside} />
    </div>
  );
});
const nodeTypes: NodeTypes = { workspace: Card };
const noEdges: [] = [];
/** The left and the middle button. */
const panning = [0, 1];

let take: (change: OrgChange) => void = () => undefined;

function Flow({ org }: { org: Org }) {
  const [nodes, setNodes] = useState(() => nodesOf(org));
  useEffect(() => {
    take = ({ changed, beats }) => {
      const rows = new Map(changed.map((row) => [row.id, row]));
      const seen = new Map(beats.map((beat) => [beat.id, beat.last_seen]));
      setNodes((before) =>
        before.map((node) => {
          const workspace = rows.get(node.id);
          const lastSeen = seen.get(node.id);
          if (!workspace && lastSeen === undefined) {
            return node;
          }
          const now = { ...(workspace ?? node.data.workspace), ...(lastSeen !== undefined && { last_seen: lastSeen }) };
          return { ...node, data: { ...node.data, workspace: now } };
        }),
      );
    };
  }, []);
  return (
    <div className="bench">
      <ReactFlow nodes={nodes} edges={noEdges} nodeTypes={nodeTypes} minZoom={0.02} panOnDrag={panning} fitView>
        <Background gap={24} size={1.5} />
      </ReactFlow>
    </div>
  );
}

function nodesOf({ workspaces }: Org): FlowNode[] {
  const { places } = arrange(workspaces);
  const rows = new Map(workspaces.map((row) => [row.id, row]));
  return [...places.values()].flatMap(({ id, x, y, width, height, depth, inside }) => {
    const workspace = rows.get(id);
    return workspace
      ? [{ id, type: "workspace", position: { x, y }, width, height, zIndex: depth, data: { workspace, inside } }]
      : [];
  });
}

/** Shows the org; the result takes changes. */
export function show(root: Root, org: Org): (change: OrgChange) => void {
  root.render(<Flow org={org} />);
  return (change) => {
    take(change);
  };
}

/** Whether the nodes are there. */
export function isPainted(): boolean {
  return document.querySelectorAll(".react-flow__node").length > 0;
}
