// The fourth step: how messages reach this laptop.

import { exposureWords } from "../words/welcome";
import { ExposureFields } from "./ExposureFields";
import { Frame } from "./Frame";
import type { StepProps } from "./Welcome";

/** The step. */
export function ExposureStep({ draft, change, ready, onBack, onNext }: StepProps) {
  return (
    <Frame title={exposureWords.title} lead={exposureWords.lead} ready={ready} onBack={onBack} onNext={onNext}>
      <ExposureFields draft={draft} change={change} />
    </Frame>
  );
}
