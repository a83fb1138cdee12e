// The third step: what answers. Agents that run on this machine already stand first.

import { useMemo } from "react";

import { ask } from "../host/routes";
import { Choice, type Option } from "../parts/Choice";
import { Strange } from "../parts/Strange";
import { useAsked } from "../parts/use-asked";
import { agentChoices, agentWords } from "../words/welcome";
import { AgentFields } from "./AgentFields";
import { Frame } from "./Frame";
import type { StepProps } from "./Welcome";

const icons = { exec: "logs", claude: "spark", command: "laptop", address: "network", echo: "again" } as const;

/** Before the address of one that was found. */
const FOUND = "found ";

/** The step. */
export function AgentStep({ draft, change, ready, onBack, onNext }: StepProps) {
  const wanted = useMemo(() => ask.agents(), []);
  // Where nothing can be looked for, the other choices are there all the same.
  const { answer, asking } = useAsked(wanted);
  const found = answer?.agents ?? [];
  const options: Option<string>[] = [
    ...found.map(({ name, url, process, versions, profiles }) => ({
      value: FOUND + url,
      title: <Strange text={name} />,
      words: (
        <>
          <Strange text={agentWords.foundWords(process, versions.join(", "))} />
          {profiles.length > 0 && <> · {agentWords.inUse(profiles.join(", "))}</>}
          <br />
          <Strange text={url} className="facts-code" />
        </>
      ),
      badge: agentWords.recommended,
      icon: "check" as const,
    })),
    ...agentChoices.map((choice) => ({ ...choice, icon: icons[choice.value] })),
  ];
  return (
    <Frame title={agentWords.title} lead={agentWords.lead} ready={ready} onBack={onBack} onNext={onNext}>
      {asking && <p className="step-wait">{agentWords.looking}</p>}
      <Choice
        legend={agentWords.title}
        options={options}
        chosen={draft.agent === "found" ? FOUND + draft.agentUrl : draft.agent}
        onChoose={(value) => {
          change(
            value.startsWith(FOUND)
              ? { agent: "found", agentUrl: value.slice(FOUND.length) }
              : { agent: value as typeof draft.agent },
          );
        }}
        more={<AgentFields draft={draft} change={change} />}
      />
    </Frame>
  );
}
