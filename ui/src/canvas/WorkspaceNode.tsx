// One workspace as an element of the Canvas. Near enough it is a card; further away the drawn layer shows it, and the
// element is there for the keyboard and for who listens.

import { memo } from "react";

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import type { Place } from "../layout/arrange";
import { Strange } from "../parts/Strange";
import { useLooking, useShared } from "../store/context";
import { toggleTeam } from "../store/looking";
import { canvasWords } from "../words/canvas";
import { workspaceLook } from "../words/look";
import { spoken } from "../words/workspace";
import { nodeElementId } from "./node-element";
import { useShownProfile, useWorkspace } from "./profile-context";
import { TeamButton } from "./TeamButton";
import { WorkspaceCard } from "./WorkspaceCard";
import "./workspace-node.css";

interface WorkspaceNodeProps {
  id: string;
  place: Place;
  /** Whether it is a whole card. */
  near: boolean;
}

/** The node. */
export const WorkspaceNode = memo(function WorkspaceNode({ id, place, near }: WorkspaceNodeProps) {
  const shared = useShared();
  const profile = useShownProfile();
  const workspace = useWorkspace(id);
  const selected = useLooking(profile, (looking) => looking.selected === id);
  const faint = useLooking(profile, ({ states }) => states.size > 0 && !states.has(workspace?.state ?? ""));
  if (!workspace) {
    return null;
  }
  const { x, y, width, height, depth, inside, children } = place;
  const collapsed = inside > 0 && children.length === 0;
  const classes = [
    "node",
    !near && "node-far",
    children.length > 0 && "node-team",
    collapsed && "node-collapsed",
    workspace.ours && "node-ours",
    workspace.suspect && "node-unsure",
    selected && "node-selected",
    faint && "node-faint",
  ];
  return (
    <article
      id={nodeElementId(id)}
      data-workspace={id}
      className={classes.filter(Boolean).join(" ")}
      style={{ transform: `translate(${x}px, ${y}px)`, width, height, zIndex: depth }}
      aria-label={spoken(workspace, inside)}
      aria-roledescription={canvasWords.workspace}
      aria-current={selected}
      tabIndex={-1}
    >
      {near && workspace.ours && <p className="node-flag">{canvasWords.laptop}</p>}
      {near ? <WorkspaceCard workspace={workspace} inside={inside} /> : <FarCard workspace={workspace} />}
      {near && inside > 0 && (
        <TeamButton
          name={workspace.name}
          collapsed={collapsed}
          onPress={() => {
            toggleTeam(shared, profile, id);
          }}
        />
      )}
    </article>
  );
});

/** What is drawn further away, as text that is not seen: hundreds of these come and go. */
function FarCard({ workspace: { name, state, current_task: task, error, ours } }: { workspace: OrgWorkspace }) {
  const words = [name, workspaceLook(state).word, ours && canvasWords.laptop, task, error];
  return <Strange text={words.filter(Boolean).join("\n")} />;
}
