// The first screen: the Canvas, and beside it the panel of the profile whose org it shows.

import { useEffect } from "react";

import { Canvas } from "../canvas/Canvas";
import { Panel } from "../panel/Panel";
import { useOrg, useShared } from "../store/context";
import { goTo } from "../store/looking";
import { screens } from "../words/screens";

/** The screen; a workspace that the address names gets the keyboard as soon as it is there. */
export function CanvasScreen({ profile, workspace }: { profile: string; workspace: string | null }) {
  const shared = useShared();
  const there = useOrg(profile, (org) => workspace !== null && org.workspaces.has(workspace)) ?? false;
  useEffect(() => {
    if (there && workspace !== null) {
      goTo(shared, profile, workspace, true);
    }
  }, [there, workspace, profile, shared]);
  return (
    <main id="main" className="app-main" tabIndex={-1}>
      <h1 className="unseen">{screens.canvas.name}</h1>
      <Canvas profile={profile} />
      <Panel profile={profile} />
    </main>
  );
}
