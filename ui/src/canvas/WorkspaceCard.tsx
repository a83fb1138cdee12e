// What a workspace's card says: the same on the Canvas and in the card that shows up beside a small node.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { RemoteBadge } from "../parts/RemoteBadge";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { canvasWords } from "../words/canvas";
import { count } from "../words/figures";
import { workspaceLook } from "../words/look";
import { cardLines } from "../words/workspace";
import { Skills } from "./Skills";
import "./workspace-card.css";

/** The highest tier that has a colour of its own. */
const TIERS = 4;

interface WorkspaceCardProps {
  workspace: OrgWorkspace;
  /** How many stand right inside it. */
  inside: number;
}

/** The card's lines. */
export function WorkspaceCard({ workspace, inside }: WorkspaceCardProps) {
  const { name, role, state, remote, tier, active_tasks: tasks } = workspace;
  const look = workspaceLook(state);
  const { quiet, strips, skills, more } = cardLines(workspace);
  return (
    <>
      <div className="node-head">
        <StateMark look={look} />
        <h2 className="node-title">
          <Strange text={name} className="node-name" clamped />
        </h2>
        {inside > 0 && <span className="node-sub">{canvasWords.inside(inside)}</span>}
        {tier !== null && (
          <span className={`node-tier tier-${Math.min(Math.max(tier, 1), TIERS)}`}>T{tier}</span>
        )}
      </div>
      {role !== null && (
        <Strange text={role} className={skills.length + strips.length > 0 ? "node-role node-line" : "node-role"} clamped />
      )}
      {skills.length + strips.length > 0 && (
        <div className="node-more">
          {skills.length > 0 && <Skills names={skills} more={more} good={state === "online"} />}
          {strips.map(([kind, text]) => (
            <Strange key={kind} text={text} className={`node-strip node-${kind}`} clamped />
          ))}
        </div>
      )}
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
    </>
  );
}
