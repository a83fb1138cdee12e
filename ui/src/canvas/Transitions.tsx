// What changed in the org, for who listens: put together, so that a quick run of changes is one sentence.

import { useEffect, useRef, useState } from "react";

import { useOrgStore } from "../store/context";
import { transitions } from "../words/workspace";

/** Changes are read out when none came for so long, in milliseconds, … */
const CALM = 1_500;
/** … and at the latest after so long. */
const LATEST = 6_000;

/** The live region; nothing for the eye. */
export function Transitions({ profile }: { profile: string }) {
  const org = useOrgStore(profile);
  const [said, setSaid] = useState("");
  const known = useRef(new Map<string, string>());
  useEffect(() => {
    if (!org) {
      return undefined;
    }
    const states = known.current;
    const moved = new Map<string, { name: string; to: string }>();
    let timer: ReturnType<typeof setTimeout> | null = null;
    let first = 0;
    let begun = false;
    const say = () => {
      timer = null;
      setSaid(transitions([...moved.values()], org.view.workspaces.size));
      moved.clear();
    };
    const learn = () => {
      for (const [id, { state }] of org.view.workspaces) {
        states.set(id, state);
      }
      begun = org.view.workspaces.size > 0;
    };
    learn();
    const deaf = org.listenToChanges(({ ids }) => {
      if (!begun) {
        learn();
        return;
      }
      for (const id of ids) {
        const workspace = org.view.workspaces.get(id);
        if (workspace && workspace.state !== states.get(id)) {
          moved.set(id, { name: workspace.name, to: workspace.state });
          states.set(id, workspace.state);
        } else if (!workspace) {
          states.delete(id);
        }
      }
      if (moved.size === 0 || document.hidden) {
        moved.clear();
        return;
      }
      const now = performance.now();
      if (timer === null) {
        first = now;
      } else {
        clearTimeout(timer);
      }
      timer = setTimeout(say, Math.min(CALM, Math.max(0, first + LATEST - now)));
    });
    return () => {
      deaf();
      if (timer !== null) {
        clearTimeout(timer);
      }
    };
  }, [org]);
  return (
    <p className="unseen" aria-live="polite">
      {said}
    </p>
  );
}
