// What more has to be said of the agent that was chosen.

import { Field } from "../parts/Field";
import { Strange } from "../parts/Strange";
import { argvOf } from "../words/argv";
import { judgeAgent, judgeFolder, judgeTools, type Judged } from "../words/judge";
import { agentWords } from "../words/welcome";
import type { AgentDraft } from "./draft";

interface AgentFieldsProps {
  draft: AgentDraft;
  change: (change: Partial<AgentDraft>) => void;
}

/** The fields. */
export function AgentFields({ draft, change }: AgentFieldsProps) {
  const folder = (
    <Field
      code
      label={agentWords.folder}
      placeholder="/home/me/project"
      value={draft.folder}
      onChange={(folder) => {
        change({ folder });
      }}
      judged={judgeFolder(draft.folder)}
    />
  );
  switch (draft.agent) {
    case "found":
    case "echo":
      return null;
    case "address":
      return (
        <Field
          code
          label={agentWords.address}
          placeholder="http://127.0.0.1:9000"
          value={draft.agentUrl}
          onChange={(agentUrl) => {
            change({ agentUrl });
          }}
          judged={judgeAgent(draft.agentUrl)}
        />
      );
    case "exec":
    case "command":
      return (
        <>
          <Field
            code
            label={agentWords.command}
            hint={agentWords.commandHint}
            placeholder={draft.agent === "exec" ? "./answer.sh" : "python agent.py"}
            value={draft.commandLine}
            onChange={(commandLine) => {
              change({ commandLine });
            }}
            judged={judgeCommand(draft.commandLine)}
          />
          <Argv argv={argvOf(draft.commandLine) ?? []} />
          {folder}
        </>
      );
    case "claude":
      return (
        <>
          {folder}
          <Field
            optional
            code
            label={agentWords.tools}
            hint={agentWords.toolsHint}
            value={draft.tools}
            onChange={(tools) => {
              change({ tools });
            }}
            judged={judgeTools(draft.tools)}
          />
        </>
      );
  }
}

/** Nothing is said of a good one: what it was read as stands below. */
function judgeCommand(text: string): Judged | null {
  return argvOf(text) ? null : { good: false, words: agentWords.open };
}

/** Each part by itself, so that a space in one is seen to be one. */
export function Argv({ argv }: { argv: readonly string[] }) {
  if (argv.length === 0) {
    return null;
  }
  return (
    <p className="argv">
      {agentWords.runs}{" "}
      {argv.map((part, at) => (
        <code key={at} className="argv-part">
          <Strange text={part === "" ? "“”" : part} />
        </code>
      ))}
    </p>
  );
}
