// Everything about the workspace that was chosen: how it is, what it can, who stands around it, what happened to it,
// and a talk with it.

import type { KeyboardEvent } from "react";

import { StateMark } from "../parts/StateMark";
import { RemoteBadge } from "../parts/RemoteBadge";
import { Strange } from "../parts/Strange";
import { useOneWorkspace, useShared } from "../store/context";
import { look as lookAt, select } from "../store/looking";
import { momentOf } from "../words/figures";
import { workspaceLook } from "../words/look";
import { detailWords } from "../words/side";
import { silence } from "../words/workspace";
import { Actions } from "./Actions";
import { Activity } from "./Activity";
import { Card } from "./Card";
import { Deliveries } from "./Deliveries";
import { Family } from "./Family";
import { StateHistory } from "./StateHistory";
import { Talk } from "./Talk";
import { useDetail } from "./use-detail";
import "./workspace-panel.css";

interface WorkspacePanelProps {
  profile: string;
  id: string;
}

/** The details and the talk. */
export function WorkspacePanel({ profile, id }: WorkspacePanelProps) {
  const { store } = useShared();
  const workspace = useOneWorkspace(profile, id);
  const detail = useDetail(profile, id);
  const close = () => {
    select(store, profile, null);
  };
  if (!workspace) {
    return (
      <section className="panel-part" role="status">
        <p>{detailWords.gone}</p>
        <button type="button" className="button" onClick={close}>
          {detailWords.close}
        </button>
      </section>
    );
  }
  const { name, role, state, since, remote, ours, error, current_task: task } = workspace;
  const look = workspaceLook(state);
  const quiet = silence(workspace);
  const began = momentOf(since);
  const back = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      lookAt(store, profile, { reveal: { id, keyboard: true } });
    }
  };
  return (
    // eslint-disable-next-line jsx-a11y-x/no-static-element-interactions -- Escape leads back to the node from anything in it
    <div onKeyDown={back}>
      <section className="panel-part" aria-label={detailWords.about}>
        <div className="details-head">
          <h2 className="details-name">
            <Strange text={name} />
          </h2>
          <button type="button" className="plain-button" aria-label={detailWords.closeDetails} onClick={close}>
            ✕
          </button>
        </div>
        {role !== null && <Strange text={role} className="details-role" />}
        <p className="details-state">
          <StateMark look={look} />
          <strong>
            <Strange text={look.word} />
          </strong>
          {began && <span className="details-since">{detailWords.since(began)}</span>}
          {remote && <RemoteBadge />}
        </p>
        {ours && <p className="details-since">{detailWords.ours}</p>}
        {quiet && <p className="details-since">{`${quiet.charAt(0).toUpperCase()}${quiet.slice(1)}.`}</p>}
        {error !== null && <Strange text={error} className="node-strip node-error details-strip" />}
        {task !== null && <Strange text={task} className="node-strip node-task details-strip" />}
        <Actions profile={profile} workspace={workspace} detail={detail} />
      </section>
      <Talk profile={profile} workspace={workspace} />
      <Card workspace={workspace} detail={detail} />
      <Family profile={profile} workspace={workspace} />
      <StateHistory profile={profile} id={id} />
      {ours && <Deliveries profile={profile} />}
      <Activity detail={detail} profile={profile} />
    </div>
  );
}
