// The map of the org: the drawn layer, over it the elements of those that have some, and what both hear of mouse and
// keyboard.

import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";

import { moveTarget } from "../layout/moving";
import { hearGestures } from "../stage/gestures";
import { Stage } from "../stage/stage";
import { useLooking, useOrg, useShared } from "../store/context";
import { move, select, tidy } from "../store/looking";
import type { OrgStore } from "../store/org-store";
import { Ghost, type Dragged } from "./Ghost";
import { MiniMap } from "./MiniMap";
import { workspaceAround } from "./node-element";
import { Peek } from "./Peek";
import { useEdges } from "./use-edges";
import { useKeys } from "./use-keys";
import { useReveal } from "./use-reveal";
import { useFocus } from "./use-focus";
import { ViewButtons } from "./ViewButtons";
import { WorkspaceNode } from "./WorkspaceNode";
import { canvasWords } from "../words/canvas";
import "./stage.css";

interface StageViewProps {
  profile: string;
  org: OrgStore;
  /** What stands over the map's top. */
  over: RefObject<HTMLElement | null>;
}

/** The map. */
export function StageView({ profile, org, over }: StageViewProps) {
  const shared = useShared();
  const { store } = shared;
  const [stage] = useState(() => new Stage(org));
  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const shown = useSyncExternalStore(stage.listen, () => stage.shown);
  const layout = useOrg(profile, (view) => view.layout);
  const selected = useLooking(profile, (looking) => looking.selected);
  const states = useLooking(profile, (looking) => looking.states);
  const edges = useEdges(profile);
  const focus = useFocus(stage, root, profile);
  const onKeyDown = useKeys(stage, focus, profile);
  useReveal(stage, profile, focus);

  useLayoutEffect(() => (canvas.current && layer.current ? stage.attach(canvas.current, layer.current) : undefined), [stage]);
  useLayoutEffect(() => {
    const top = over.current;
    if (!top) {
      return undefined;
    }
    const size = new ResizeObserver(() => {
      stage.cover(top.offsetTop + top.offsetHeight);
    });
    size.observe(top);
    return () => {
      size.disconnect();
    };
  }, [stage, over]);
  useEffect(() => {
    stage.mark({ selected });
  }, [stage, selected]);
  useEffect(() => {
    stage.filter(states);
  }, [stage, states]);
  useEffect(() => {
    stage.connect(edges);
  }, [stage, edges]);
  useEffect(() => {
    if (!root.current) {
      return undefined;
    }
    return hearGestures(root.current, stage, {
      choose(id) {
        select(store, profile, id);
        if (id !== null) {
          focus(id, true);
        }
      },
      enter(id) {
        stage.show(id);
      },
      drag(id, by) {
        setDragged(id === null ? null : { id, by });
      },
      move(id, by) {
        const { places } = org.view.layout;
        const place = places.get(id);
        if (place) {
          move(shared, profile, id, moveTarget(places, place, by));
        }
      },
    });
  }, [stage, shared, store, profile, org, focus]);

  return (
    <>
      {/* One stop of the Tab key, which hands on to a node; the keys of the nodes bubble up to here. */}
      {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions -- an application takes keys */}
      <div
        ref={root}
        className="stage"
        role="application"
        aria-roledescription={canvasWords.map}
        aria-label={canvasWords.workspaces}
        aria-describedby="stage-keys"
        tabIndex={shown.focused === null ? 0 : -1}
        onKeyDown={onKeyDown}
        onClick={({ detail, target }) => {
          const id = workspaceAround(target);
          // A screen reader presses without a pointer, whose clicks are heard with its gestures.
          if (detail === 0 && id !== null && !(target instanceof HTMLButtonElement)) {
            select(store, profile, id);
            focus(id, true);
          }
        }}
      >
        <canvas ref={canvas} className="stage-drawn" aria-hidden="true" />
        <div ref={layer} className="stage-elements" data-level={shown.level}>
          {shown.ids.map((id) => {
            const place = layout?.places.get(id);
            return place && <WorkspaceNode key={id} id={id} place={place} near={shown.cards.has(id)} />;
          })}
        </div>
        {dragged && <Ghost stage={stage} dragged={dragged} />}
        {shown.level !== "card" && shown.hovered !== null && <Peek stage={stage} id={shown.hovered} />}
      </div>
      <p id="stage-keys" className="unseen">
        {canvasWords.keys}
      </p>
      <ViewButtons
        stage={stage}
        onTidy={() => {
          tidy(shared, profile);
        }}
      />
      <MiniMap stage={stage} />
    </>
  );
}
