// The live view of one profile's org. It draws what the layout says; each node looks up its own workspace, so a
// change of one renders one.

import { Background, ReactFlow, ReactFlowProvider, type NodeTypes, type Viewport } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useCallback, useRef } from "react";

import { useOrg } from "../store/context";
import { CanvasNotes } from "./CanvasNotes";
import { Census } from "./Census";
import { EmptyCanvas } from "./EmptyCanvas";
import { flowNodes } from "./flow-nodes";
import { FollowFocus } from "./FollowFocus";
import { OrgMap } from "./OrgMap";
import { ProfileContext } from "./profile-context";
import { useKeys } from "./use-keys";
import { useStale } from "./use-stale";
import { ViewButtons } from "./ViewButtons";
import { WorkspaceNode } from "./WorkspaceNode";
import "./canvas.css";

const nodeTypes: NodeTypes = { workspace: WorkspaceNode };
// Nothing is drawn between workspaces: who stands inside whom says it.
const noEdges: [] = [];
// The bounds of the platform's own canvas.
const ZOOM = { least: 0.1, most: 2 };
const DOTS = 24;
/** The focus ring of a node, in pixels of the screen whatever the zoom is. */
const RING = 2;

/** The Canvas of a profile. */
export function Canvas({ profile }: { profile: string }) {
  const layout = useOrg(profile, (org) => org.layout);
  const onKeyDown = useKeys(layout);
  const stale = useStale(profile);
  const section = useRef<HTMLElement>(null);
  const onMoveEnd = useCallback((_: unknown, { zoom }: Viewport) => {
    section.current?.style.setProperty("--node-ring", `${RING / zoom}px`);
  }, []);
  return (
    <ProfileContext value={profile}>
      {/* The keys of the nodes inside: each of them is a stop of the Tab key. */}
      {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions -- the keys bubble up from the nodes */}
      <section
        id="canvas"
        ref={section}
        className={stale ? "canvas canvas-stale" : "canvas"}
        aria-label="Canvas"
        tabIndex={-1}
        onKeyDown={onKeyDown}
      >
        <ReactFlowProvider>
          {layout && layout.places.size > 0 ? (
            <ReactFlow
              aria-label="Workspaces"
              nodes={flowNodes(layout)}
              edges={noEdges}
              nodeTypes={nodeTypes}
              onMoveEnd={onMoveEnd}
              minZoom={ZOOM.least}
              maxZoom={ZOOM.most}
              nodesDraggable={false}
              nodesConnectable={false}
              nodesFocusable={false}
              edgesFocusable={false}
              elementsSelectable={false}
              disableKeyboardA11y
              deleteKeyCode={null}
              selectionKeyCode={null}
              multiSelectionKeyCode={null}
              panActivationKeyCode={null}
              zoomActivationKeyCode={null}
              zoomOnDoubleClick={false}
              proOptions={{ hideAttribution: true }}
            >
              <Background gap={DOTS} size={1.5} />
              <FollowFocus layout={layout} />
              <ViewButtons layout={layout} />
              <OrgMap layout={layout} />
            </ReactFlow>
          ) : (
            <EmptyCanvas profile={profile} />
          )}
        </ReactFlowProvider>
        <CanvasNotes profile={profile} />
        <Census profile={profile} />
      </section>
    </ProfileContext>
  );
}
