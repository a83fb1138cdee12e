// One workspace on the Canvas: a card, or the head of the team that stands inside it.

import type { NodeProps } from "@xyflow/react";
import { memo } from "react";

import { RemoteBadge } from "../parts/RemoteBadge";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { count } from "../words/figures";
import { workspaceLook } from "../words/look";
import { silence, spoken } from "../words/workspace";
import { nodeElementId } from "./node-element";
import { useInside, useWorkspace } from "./profile-context";
import "./workspace-node.css";

/** The highest tier that has a colour of its own. */
const TIERS = 4;

/** The node. */
export const WorkspaceNode = memo(function WorkspaceNode({ id }: NodeProps) {
  const workspace = useWorkspace(id);
  const inside = useInside(id);
  if (!workspace) {
    return null;
  }
  const { name, role, state, remote, ours, tier, active_tasks: tasks, current_task: task, error } = workspace;
  const look = workspaceLook(state);
  const quiet = silence(workspace);
  // Where it says how long it has been silent there is room for one strip.
  const strips = stripsOf(error, task).slice(0, quiet ? 1 : 2);
  return (
    <article
      id={nodeElementId(id)}
      data-workspace={id}
      className={["node", inside > 0 && "node-team", ours && "node-ours"].filter(Boolean).join(" ")}
      aria-label={spoken(workspace, inside)}
      aria-roledescription="workspace"
      // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a stop on the way through the Canvas
      tabIndex={0}
    >
      {ours && <p className="node-flag">This laptop</p>}
      <div className="node-head">
        <StateMark look={look} />
        <h2 className="node-title">
          <Strange text={name} className="node-name" clamped />
        </h2>
        {inside > 0 && <span className="node-sub">{inside} sub</span>}
        {tier !== null && (
          <span className={`node-tier tier-${Math.min(Math.max(tier, 1), TIERS)}`}>T{tier}</span>
        )}
      </div>
      {role !== null && <Strange text={role} className="node-role" clamped />}
      {strips.map(([kind, text]) => (
        <Strange key={kind} text={text} className={`node-strip node-${kind}`} clamped />
      ))}
      <div className="node-foot">
        <div className="node-state">
          <p>
            <Strange text={look.word} />
            {tasks > 0 && <span className="node-quiet"> · {count(tasks, "task")}</span>}
          </p>
          {quiet && <p className="node-quiet">{quiet}</p>}
        </div>
        {remote && <RemoteBadge />}
      </div>
    </article>
  );
});

/** What stands out on a node, the most urgent first. */
function stripsOf(error: string | null, task: string | null): ["error" | "task", string][] {
  const strips: ["error" | "task", string][] = [];
  if (error) {
    strips.push(["error", error]);
  }
  if (task) {
    strips.push(["task", task]);
  }
  return strips;
}
