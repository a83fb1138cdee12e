// The last step: everything that will be stored, and the one request that stores it.

import { useState } from "react";

import type { ApiError } from "../generated/ApiError";
import { failureOf } from "../host/host";
import { ask } from "../host/routes";
import { Failure } from "../parts/Failure";
import { Field } from "../parts/Field";
import { keepingFocus } from "../parts/keep-focus";
import { Notice } from "../parts/Notice";
import { Strange } from "../parts/Strange";
import { useShared } from "../store/context";
import { judgeProfile } from "../words/judge";
import { agentChoices, exposures, review } from "../words/welcome";
import { Argv } from "./AgentFields";
import { agentOf, exposureOf, newProfile, newWorkspace, type Draft } from "./draft";
import { Frame } from "./Frame";
import type { StepProps } from "./Welcome";

interface ReviewStepProps extends StepProps {
  taken: readonly string[];
  onAdded: (profile: string) => void;
}

/** The step. */
export function ReviewStep({ draft, change, ready, again, onBack, taken, onAdded }: ReviewStepProps) {
  const { host } = useShared();
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const connect = async () => {
    const [profile, workspace] = [newProfile(draft, again), newWorkspace(draft)];
    const wanted = profile ? ask.addProfile(profile) : workspace && ask.createWorkspace(workspace);
    if (!wanted) {
      return;
    }
    setAsking(true);
    setFailure(null);
    // It is the name from now on, also when the host has a profile of that name a moment later.
    change({ profile: draft.profile });
    try {
      onAdded((await keepingFocus(() => host.ask(wanted))).profile);
    } catch (thrown) {
      setFailure(failureOf(thrown));
      setAsking(false);
    }
  };
  const agent = again === null ? agentOf(draft) : null;
  const runs = agent && agent.kind !== "echo" && agent.kind !== "attach";
  return (
    <Frame
      title={review.title}
      lead={review.lead}
      ready={ready}
      next={review.connect}
      busy={asking}
      onBack={onBack}
      onNext={() => void connect()}
    >
      <Summary draft={draft} again={again} />
      {runs && <Notice weight="warning">{review.warning}</Notice>}
      {again === null && (
        <Field
          code
          label={review.name}
          hint={review.nameHint}
          value={draft.profile}
          disabled={asking}
          onChange={(profile) => {
            change({ profile });
          }}
          judged={asking ? null : judgeProfile(draft.profile, taken)}
        />
      )}
      {asking && (
        <div role="status">
          <Notice title={review.confirm}>{review.confirmWords}</Notice>
        </div>
      )}
      {failure && <Failure failure={failure} />}
    </Frame>
  );
}

function Summary({ draft, again }: { draft: Draft; again: string | null }) {
  return (
    <dl className="facts block">
      <dt>{review.platform}</dt>
      <dd>
        <Strange text={draft.door === "create" ? draft.platform : (draft.block?.platform ?? "")} />
      </dd>
      <dt>{review.workspace}</dt>
      <dd>
        <Strange
          text={draft.door === "create" ? review.made(draft.workspaceName.trim()) : (draft.block?.workspace ?? "")}
        />
      </dd>
      <dt>{review.token}</dt>
      <dd>{review.tokenWords}</dd>
      {again === null ? (
        <Chosen draft={draft} />
      ) : (
        <>
          <dt>{review.profile}</dt>
          <dd>{again}</dd>
          <dt>{review.agent}</dt>
          <dd>{review.stays}</dd>
          <dt>{review.reach}</dt>
          <dd>{review.stays}</dd>
        </>
      )}
    </dl>
  );
}

/** The agent and the way in. */
function Chosen({ draft }: { draft: Draft }) {
  const agent = agentOf(draft);
  const exposure = exposureOf(draft);
  const reach = exposures.find(({ value }) => value === draft.exposure)?.title;
  const kind = agentChoices.find(({ value }) => value === draft.agent)?.title;
  return (
    <>
      <dt>{review.agent}</dt>
      <dd>
        {agent?.kind === "attach" ? <Strange text={agent.url} /> : kind}
        {agent && "argv" in agent && <Argv argv={agent.argv} />}
        {agent && "dir" in agent && (
          <p>
            <Strange text={agent.dir} className="facts-code" />
          </p>
        )}
      </dd>
      <dt>{review.reach}</dt>
      <dd>
        {reach}
        {exposure && "url" in exposure && exposure.url !== null && (
          <>
            {": "}
            <Strange text={exposure.url} />
          </>
        )}
      </dd>
    </>
  );
}
