// The org's id, which some platforms ask for, whichever way a workspace comes about.

import { Field } from "../parts/Field";
import { judgeOrgId } from "../words/judge";
import { orgId } from "../words/welcome";
import type { StepProps } from "./Welcome";

/** The field. */
export function OrgId({ draft, change }: Pick<StepProps, "draft" | "change">) {
  return (
    <Field
      optional
      code
      label={orgId.label}
      hint={orgId.hint}
      value={draft.orgId}
      onChange={(orgId) => {
        change({ orgId });
      }}
      judged={judgeOrgId(draft.orgId)}
    />
  );
}
