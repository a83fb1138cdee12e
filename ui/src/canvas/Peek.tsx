// The card of a workspace that is too small to be read, beside it while the mouse rests on it.

import { toScreen } from "../stage/camera";
import type { Stage } from "../stage/stage";
import { useWorkspace } from "./profile-context";
import { WorkspaceCard } from "./WorkspaceCard";

const CARD = { width: 240, height: 130 };
const GAP = 8;

/** The card; it takes no mouse and no keyboard, and who listens hears the node itself. */
export function Peek({ stage, id }: { stage: Stage; id: string }) {
  const workspace = useWorkspace(id);
  const place = stage.org.view.layout.places.get(id);
  if (!workspace || !place) {
    return null;
  }
  const { camera, extent } = stage;
  const corner = toScreen(camera, place);
  const right = corner.x + place.width * camera.zoom + GAP;
  const x = right + CARD.width + GAP < extent.width ? right : Math.max(GAP, corner.x - CARD.width - GAP);
  const y = Math.max(GAP, Math.min(corner.y, extent.height - CARD.height - GAP));
  return (
    <div className="peek" aria-hidden="true" style={{ transform: `translate(${x}px, ${y}px)`, ...CARD }}>
      <WorkspaceCard workspace={workspace} inside={place.inside} />
    </div>
  );
}
