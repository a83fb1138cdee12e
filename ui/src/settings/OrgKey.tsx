// Whether a profile looks at its org with an org key, and the way to take it back. One is added on the Canvas.

import { Confirming } from "../parts/Confirming";
import { ForgetKey } from "../parts/ForgetKey";
import { Row } from "../parts/Section";
import { useChange } from "../parts/use-change";
import { useOrg } from "../store/context";
import { keyWords } from "../words/canvas";

/** The row. */
export function OrgKey({ profile }: { profile: string }) {
  const used = useOrg(profile, (org) => org.speaksAs === "human") ?? false;
  const refused = useOrg(profile, (org) => org.keyRefused) ?? false;
  const change = useChange();
  return (
    <>
      <Row title={keyWords.label} hint={used ? keyWords.used : refused ? keyWords.refused : keyWords.unused}>
        {(used || refused) && <ForgetKey profile={profile} change={change} />}
      </Row>
      <Confirming change={change} />
    </>
  );
}
