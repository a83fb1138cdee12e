// Adding a workspace, step by step. What is said stays in this page's memory until the last step, and goes from there
// to the host alone.

import { useEffect, useState } from "react";
import { useShallow } from "zustand/shallow";

import { hrefOf } from "../app/route";
import { useModel } from "../store/context";
import { AgentStep } from "./AgentStep";
import { Arriving } from "./Arriving";
import { CreateStep } from "./CreateStep";
import { DoorStep } from "./DoorStep";
import { emptyDraft, freeName, isDone, servedBy, steps, stepsAgain, type Draft, type Step } from "./draft";
import { ExposureStep } from "./ExposureStep";
import { PasteStep } from "./PasteStep";
import { ReviewStep } from "./ReviewStep";
import { Steps } from "./Steps";
import { TryStep } from "./TryStep";
import "./welcome.css";

const none: string[] = [];

/** What each step gets. */
export interface StepProps {
  draft: Draft;
  change: (change: Partial<Draft>) => void;
  /** Everything that the step needs is there. */
  ready: boolean;
  /** The profile that serves the workspace already, and is connected again. */
  again: string | null;
  onBack?: (() => void) | undefined;
  onNext: () => void;
}

/** The screen. A link may have brought platform and workspace. */
export function Welcome({ platform, workspace }: { platform: string | null; workspace: string | null }) {
  const taken = useModel(useShallow((model) => model.status?.profiles.map(({ name }) => name) ?? none));
  const [said, setSaid] = useState(() => emptyDraft(platform, workspace));
  // Until another is typed, a name that is free.
  const draft: Draft = { ...said, profile: said.profile ?? freeName(taken) };
  const [step, setStep] = useState<Step>(draft.door === null ? "door" : "details");
  const [added, setAdded] = useState<string | null>(null);
  const again = useModel((model) =>
    servedBy(
      said,
      model.status?.profiles.map(({ name, platform, workspace }) => ({ name, platform, workspace: workspace.id })) ?? [],
    ),
  );
  const way = again === null ? steps : stepsAgain;
  const begun = step !== "door";
  useEffect(() => {
    // A window without a profile shows this screen whatever its address says. Whoever has begun here comes to the end of
    // it, also when the host has a profile before that.
    if (begun && !window.location.hash.startsWith(hrefOf("welcome"))) {
      window.location.hash = hrefOf("welcome");
    }
  }, [begun]);
  const go = (by: 1 | -1) => () => {
    setStep(way[way.indexOf(step) + by] ?? step);
  };
  const props: StepProps = {
    draft,
    change: (change) => {
      setSaid((said) => ({ ...said, ...change }));
    },
    // The name of a profile that is connected again is taken, by itself.
    ready: isDone(step, again === null ? draft : { ...draft, profile: again }, again === null ? taken : none),
    again,
    onBack: step === "door" ? undefined : go(-1),
    onNext: go(1),
  };
  return (
    <main id="main" className="page welcome" tabIndex={-1}>
      <div className="welcome-body">
        {added === null && draft.door !== "try" && <Steps steps={way} current={step} />}
        {added === null ? <OneStep step={step} props={props} onAdded={setAdded} taken={taken} /> : <Arriving profile={added} />}
      </div>
    </main>
  );
}

interface OneStepProps {
  step: Step;
  props: StepProps;
  taken: readonly string[];
  onAdded: (profile: string) => void;
}

function OneStep({ step, props, taken, onAdded: added }: OneStepProps) {
  const onAdded = (profile: string) => {
    // The secrets have gone to the host, and are not needed here any more.
    props.change({ block: null, token: "", orgKey: "" });
    added(profile);
  };
  switch (step) {
    case "door":
      return <DoorStep {...props} ready={props.draft.door !== null} />;
    case "details":
      switch (props.draft.door) {
        case "try":
          return <TryStep {...props} onAdded={onAdded} />;
        case "create":
          return <CreateStep {...props} />;
        default:
          return <PasteStep {...props} />;
      }
    case "agent":
      return <AgentStep {...props} />;
    case "exposure":
      return <ExposureStep {...props} />;
    case "review":
      return <ReviewStep {...props} taken={taken} onAdded={onAdded} />;
  }
}
