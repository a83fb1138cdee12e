// The live view of one profile's org, as a map or as a list, with what belongs to both.

import { useRef } from "react";

import { useLooking, useOrg, useOrgStore, useShared } from "../store/context";
import { look } from "../store/looking";
import { Attention } from "./Attention";
import { CanvasNotes } from "./CanvasNotes";
import { CanvasTools } from "./CanvasTools";
import { EmptyCanvas } from "./EmptyCanvas";
import { KeyOffer } from "./KeyOffer";
import { Legend } from "./Legend";
import { OrgList } from "./OrgList";
import { ProfileContext } from "./profile-context";
import { Search } from "./Search";
import { StageView } from "./StageView";
import { StateCounts } from "./StateCounts";
import { Transitions } from "./Transitions";
import { useSearchKeys } from "./use-search-keys";
import { useStale } from "./use-stale";
import { canvasWords } from "../words/canvas";
import "./canvas.css";

/** The Canvas of a profile. */
export function Canvas({ profile }: { profile: string }) {
  const { store } = useShared();
  const org = useOrgStore(profile);
  const some = useOrg(profile, (view) => view.workspaces.size > 0) ?? false;
  const as = useLooking(profile, (looking) => looking.as);
  const legend = useLooking(profile, (looking) => looking.legend);
  const searching = useLooking(profile, (looking) => looking.searching);
  const stale = useStale(profile);
  const over = useRef<HTMLDivElement>(null);
  useSearchKeys(profile);
  return (
    <ProfileContext value={profile}>
      <section id="canvas" className={stale ? "canvas canvas-stale" : "canvas"} aria-label={canvasWords.name} tabIndex={-1}>
        <div ref={over} className="canvas-top">
          <CanvasTools profile={profile} />
          <CanvasNotes profile={profile} />
          <KeyOffer profile={profile} />
          <Attention profile={profile} />
        </div>
        {org && some ? (
          as === "map" ? (
            <StageView key={profile} profile={profile} org={org} over={over} />
          ) : (
            <OrgList profile={profile} />
          )
        ) : (
          <EmptyCanvas profile={profile} />
        )}
        <StateCounts profile={profile} />
        {legend && as === "map" && (
          <Legend
            onClose={() => {
              look(store, profile, { legend: false });
            }}
          />
        )}
        {searching && <Search profile={profile} />}
        <Transitions profile={profile} />
      </section>
    </ProfileContext>
  );
}
