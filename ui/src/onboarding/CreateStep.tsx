// The second step for a workspace that is to be made.

import { Field } from "../parts/Field";
import { Switch } from "../parts/Switch";
import { judgeName, judgePlatform, judgeSecret } from "../words/judge";
import { create } from "../words/welcome";
import { Frame } from "./Frame";
import { OrgId } from "./OrgId";
import type { StepProps } from "./Welcome";

/** The step. */
export function CreateStep({ draft, change, ready, onBack, onNext }: StepProps) {
  return (
    <Frame title={create.title} lead={create.lead} ready={ready} onBack={onBack} onNext={onNext}>
      <Field
        code
        label={create.platform}
        placeholder="https://acme.example"
        value={draft.platform}
        onChange={(platform) => {
          change({ platform });
        }}
        judged={judgePlatform(draft.platform)}
      />
      <Field
        secret
        code
        label={create.key}
        hint={draft.keepKey ? undefined : create.keyHint}
        value={draft.orgKey}
        onChange={(orgKey) => {
          change({ orgKey });
        }}
        judged={judgeSecret(draft.orgKey)}
      />
      <Switch
        label={create.keep}
        hint={create.keepHint}
        on={draft.keepKey}
        onChange={(keepKey) => {
          change({ keepKey });
        }}
      />
      <Field
        label={create.name}
        placeholder={create.nameExample}
        value={draft.workspaceName}
        onChange={(workspaceName) => {
          change({ workspaceName });
        }}
        judged={judgeName(draft.workspaceName)}
      />
      <div className="step-pair">
        <Field
          optional
          label={create.role}
          hint={create.roleHint}
          value={draft.role}
          onChange={(role) => {
            change({ role });
          }}
        />
        <OrgId draft={draft} change={change} />
      </div>
    </Frame>
  );
}
