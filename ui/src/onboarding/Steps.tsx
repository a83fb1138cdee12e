// Where in the way one is.

import { Icon } from "../parts/Icon";
import { stepNames, welcome } from "../words/welcome";
import type { Step } from "./draft";

/** The steps, with the one that is shown marked. */
export function Steps({ steps, current }: { steps: readonly Step[]; current: Step }) {
  const at = steps.indexOf(current);
  return (
    <ol className="steps" aria-label={welcome.steps}>
      {steps.map((step, number) => (
        <li
          key={step}
          className={number < at ? "steps-one steps-done" : "steps-one"}
          aria-current={step === current ? "step" : undefined}
        >
          <span className="steps-mark">{number < at ? <Icon name="check" /> : number + 1}</span>
          <span className="steps-name">{stepNames[step]}</span>
        </li>
      ))}
    </ol>
  );
}
