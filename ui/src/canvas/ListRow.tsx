// One workspace in the list.

import { memo } from "react";

import { RemoteBadge } from "../parts/RemoteBadge";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { useOneWorkspace } from "../store/context";
import { canvasWords } from "../words/canvas";
import { momentOf } from "../words/figures";
import { workspaceLook } from "../words/look";

interface ListRowProps {
  profile: string;
  id: string;
  /** Its number in the whole table, the head being the first. */
  index: number;
  selected: boolean;
  onOpen: () => void;
  /** The keyboard goes so many rows on. */
  onStep: (by: number) => void;
}

/** The row. Its name is the button that opens it. */
export const ListRow = memo(
  function ListRow({ profile, id, index, selected, onOpen, onStep }: ListRowProps) {
    const workspace = useOneWorkspace(profile, id);
    const team = useOneWorkspace(profile, workspace?.parent_id ?? null);
    if (!workspace) {
      return null;
    }
    const { name, role, state, remote, ours, current_task: task, active_tasks: tasks, error } = workspace;
    const look = workspaceLook(state);
    return (
      <tr data-row={id} aria-rowindex={index} className={selected ? "list-row list-selected" : "list-row"}>
        <th scope="row">
          <button
            type="button"
            className="list-open"
            aria-current={selected}
            onClick={onOpen}
            onKeyDown={(event) => {
              const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
              if (step !== undefined) {
                event.preventDefault();
                onStep(step);
              }
            }}
          >
            <Strange text={name} clamped />
          </button>
          {ours && <span className="list-ours">{canvasWords.laptop}</span>}
          {remote && <RemoteBadge />}
        </th>
        <td>{role !== null && <Strange text={role} clamped />}</td>
        <td>
          <span className={workspace.suspect ? "list-state node-unsure" : "list-state"}>
            <StateMark look={look} />
            <Strange text={look.word} />
          </span>
        </td>
        <td>
          {error ? (
            <Strange text={error} className="list-error" clamped />
          ) : (
            task !== null && <Strange text={task} clamped />
          )}
        </td>
        <td className="list-figure">{tasks > 0 ? tasks : ""}</td>
        <td className="list-figure">{workspace.tier === null ? "" : `T${workspace.tier}`}</td>
        <td className="list-figure">{momentOf(workspace.last_seen)}</td>
        <td>{team && <Strange text={team.name} clamped />}</td>
      </tr>
    );
  },
  // What a row does depends on its place alone.
  (before, now) =>
    before.profile === now.profile &&
    before.id === now.id &&
    before.index === now.index &&
    before.selected === now.selected,
);
