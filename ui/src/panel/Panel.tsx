// What stands beside the Canvas: this laptop, the workspace that was chosen, or what happened lately.

import { useId, type KeyboardEvent, type ReactNode } from "react";

import { Strange } from "../parts/Strange";
import { useLooking, useModel, useOneWorkspace, useShared } from "../store/context";
import { look, type Looking } from "../store/looking";
import { pastOf } from "../store/past";
import { Timeline } from "../side/Timeline";
import { useFollowPast } from "../side/use-past";
import { WorkspacePanel } from "../side/WorkspacePanel";
import { panelWords } from "../words/panel";
import { Health } from "./Health";
import { ProfileCard } from "./ProfileCard";
import { SayHello } from "./SayHello";
import "./panel.css";

type Side = Looking["side"];

/** The panel of the chosen profile. */
export function Panel({ profile }: { profile: string }) {
  const { store } = useShared();
  const wanted = useLooking(profile, (looking) => looking.side);
  const selected = useLooking(profile, (looking) => looking.selected);
  const workspace = useOneWorkspace(profile, selected);
  const news = useModel(({ pasts }) => {
    const { changes, seen } = pastOf(pasts, profile);
    return changes.filter((change) => change.number > seen).length;
  });
  const ids = useId();
  useFollowPast(profile);
  const side = wanted === "workspace" && selected === null ? "laptop" : wanted;
  const tabs: [Side, ReactNode][] = [
    ["laptop", panelWords.laptop],
    ...(selected === null ? [] : [["workspace", <Strange key="name" text={workspace?.name ?? panelWords.gone} />] as [Side, ReactNode]]),
    [
      "timeline",
      <>
        {panelWords.timeline}
        {side !== "timeline" && news > 0 && <span className="tab-news">{Math.min(news, 99)}</span>}
      </>,
    ],
  ];
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const at = tabs.findIndex(([each]) => each === side);
      const next = tabs[(at + step + tabs.length) % tabs.length]?.[0] ?? side;
      look(store, profile, { side: next });
      document.getElementById(`${ids}-${next}`)?.focus();
    }
  };
  return (
    <aside className="panel" aria-label={panelWords.beside}>
      <div className="tabs" role="tablist" aria-label={panelWords.beside}>
        {tabs.map(([each, words]) => (
          <button
            key={each}
            id={`${ids}-${each}`}
            type="button"
            role="tab"
            className="tab"
            aria-selected={each === side}
            aria-controls={`${ids}-panel`}
            tabIndex={each === side ? 0 : -1}
            onClick={() => {
              look(store, profile, { side: each });
            }}
            onKeyDown={onKeyDown}
          >
            {words}
          </button>
        ))}
      </div>
      <div id={`${ids}-panel`} className="panel-body" role="tabpanel" aria-labelledby={`${ids}-${side}`}>
        {side === "laptop" && (
          <>
            <ProfileCard profile={profile} />
            <Health profile={profile} />
            <SayHello profile={profile} />
          </>
        )}
        {side === "workspace" && selected !== null && (
          <WorkspacePanel key={selected} profile={profile} id={selected} />
        )}
        {side === "timeline" && <Timeline profile={profile} />}
      </div>
    </aside>
  );
}
