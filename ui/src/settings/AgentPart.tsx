// What answers for a profile. What runs as a command is a matter of trust, so the change is confirmed.

import { useState } from "react";

import type { AgentConfig } from "../generated/AgentConfig";
import type { ProfileSettings } from "../generated/ProfileSettings";
import { ask } from "../host/routes";
import { AgentFields, Argv } from "../onboarding/AgentFields";
import { agentOf, type AgentDraft } from "../onboarding/draft";
import { Choice } from "../parts/Choice";
import { Failure } from "../parts/Failure";
import { Notice } from "../parts/Notice";
import { Row, Section } from "../parts/Section";
import { Strange } from "../parts/Strange";
import { useChange } from "../parts/use-change";
import { agentLine, profileWords } from "../words/settings";
import { agentChoices, review } from "../words/welcome";
import { Editable } from "./Editable";

interface AgentPartProps {
  profile: ProfileSettings;
  onChanged: () => void;
}

/** The part. */
export function AgentPart({ profile: { name, agent }, onChanged }: AgentPartProps) {
  const [draft, setDraft] = useState(() => draftOf(agent));
  const typed = agentOf(draft);
  // What the fields do not show stays as it is.
  const wanted = typed && (typed.kind === agent.kind ? { ...agent, ...typed } : typed);
  const runs = wanted !== null && wanted.kind !== "echo" && wanted.kind !== "attach";
  return (
    <Section title={profileWords.agent} lead={profileWords.agentLead}>
      <Editable
        label={profileWords.agent}
        now={<Now agent={agent} />}
        wanted={wanted && ask.changeAgent(name, wanted)}
        onChanged={onChanged}
        onCancel={() => {
          setDraft(draftOf(agent));
        }}
      >
        <Choice
          legend={profileWords.agent}
          options={agentChoices}
          chosen={draft.agent === "found" ? "address" : draft.agent}
          onChoose={(agent) => {
            setDraft({ ...draft, agent });
          }}
          more={
            <AgentFields
              draft={draft}
              change={(change) => {
                setDraft({ ...draft, ...change });
              }}
            />
          }
        />
        {runs && <Notice weight="warning">{review.warning}</Notice>}
      </Editable>
      {agent.kind === "command" && <Restart profile={name} />}
    </Section>
  );
}

function Now({ agent }: { agent: AgentConfig }) {
  return (
    <>
      <p className="row-title">
        <Strange text={agentLine(agent)} />
      </p>
      {"argv" in agent && <Argv argv={agent.argv} />}
      {"dir" in agent && agent.dir !== null && (
        <p className="row-hint">
          <Strange text={agent.dir} className="facts-code" />
        </p>
      )}
      {"tools" in agent && agent.tools.length > 0 && (
        <p className="row-hint">
          <Strange text={agent.tools.join(", ")} />
        </p>
      )}
    </>
  );
}

function Restart({ profile }: { profile: string }) {
  const change = useChange();
  const [done, setDone] = useState(false);
  return (
    <>
      <Row title={profileWords.restartAgent} {...(done && { hint: profileWords.restarted })}>
        <button
          type="button"
          className="button"
          disabled={change.asking}
          onClick={() => {
            setDone(false);
            void change.run(ask.restartAgent(profile)).then((answer) => {
              setDone(answer !== null);
            });
          }}
        >
          {profileWords.restartAgent}
        </button>
      </Row>
      {change.failure && <Failure failure={change.failure} />}
    </>
  );
}

/** The fields with what is there already. */
function draftOf(agent: AgentConfig): AgentDraft {
  return {
    agent: agent.kind === "attach" ? "address" : agent.kind,
    agentUrl: agent.kind === "attach" ? agent.url : "",
    commandLine: "argv" in agent ? agent.argv.map(quoted).join(" ") : "",
    folder: "dir" in agent ? (agent.dir ?? "") : "",
    tools: "tools" in agent ? agent.tools.join(", ") : "",
  };
}

/** A part of a command line as it would be typed. */
function quoted(part: string): string {
  return /^[^\s"'\\]+$/.test(part) ? part : `"${part.replace(/["\\]/g, "\\$&")}"`;
}
