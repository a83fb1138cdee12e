// Who stands around a workspace and inside it; each opens.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { useOneWorkspace, useOrg, useShared } from "../store/context";
import { goTo } from "../store/looking";
import { workspaceLook } from "../words/look";
import { familyWords } from "../words/side";

/** So many of those inside are listed. */
const MOST = 30;

interface FamilyProps {
  profile: string;
  workspace: OrgWorkspace;
}

/** The team around it and those inside; nothing for who stands alone. */
export function Family({ profile, workspace: { id, parent_id: parent } }: FamilyProps) {
  const places = useOrg(profile, (org) => org.layout.places);
  const known = useOneWorkspace(profile, parent);
  const children = places?.get(id)?.children ?? [];
  const around = places?.get(id)?.parent ?? null;
  if (parent === null && children.length === 0) {
    return null;
  }
  return (
    <section className="panel-part" aria-labelledby="family-title">
      <h2 id="family-title" className="panel-title">
        {familyWords.title}
      </h2>
      {parent !== null && !known && <p className="details-since">{familyWords.hidden}</p>}
      {parent !== null && known && around === null && (
        <p className="details-since">{familyWords.circle}</p>
      )}
      <ul className="family">
        {around !== null && <Member profile={profile} id={around} note={familyWords.around} />}
        {children.slice(0, MOST).map((child) => (
          <Member key={child} profile={profile} id={child} note={null} />
        ))}
      </ul>
      {children.length > MOST && <p className="details-since">{familyWords.more(children.length - MOST)}</p>}
    </section>
  );
}

function Member({ profile, id, note }: { profile: string; id: string; note: string | null }) {
  const shared = useShared();
  const workspace = useOneWorkspace(profile, id);
  if (!workspace) {
    return null;
  }
  const look = workspaceLook(workspace.state);
  return (
    <li>
      <button
        type="button"
        className="moment"
        onClick={() => {
          goTo(shared, profile, id);
        }}
      >
        <StateMark look={look} />
        <Strange text={workspace.name} className="moment-words moment-name" />
        <span className="moment-time">{note ?? <Strange text={look.word} />}</span>
      </button>
    </li>
  );
}
