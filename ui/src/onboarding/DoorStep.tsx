// The first step: which of three doors.

import { Choice } from "../parts/Choice";
import { Logo } from "../parts/Logo";
import { doors, welcome } from "../words/welcome";
import { Frame } from "./Frame";
import type { StepProps } from "./Welcome";

const icons = { paste: "paste", create: "spark", try: "flask" } as const;

/** The step. */
export function DoorStep({ draft, change, ready, onNext }: StepProps) {
  return (
    <>
      <div className="welcome-mark">
        <Logo size={56} />
      </div>
      <Frame title={welcome.title} lead={welcome.first} ready={ready} onNext={onNext}>
        <Choice
          legend={welcome.title}
          options={doors.map((door) => ({ ...door, icon: icons[door.value] }))}
          chosen={draft.door}
          onChoose={(door) => {
            change({ door });
          }}
        />
      </Frame>
    </>
  );
}
