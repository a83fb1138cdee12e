// The logs: of the host or of an agent that it starts, from a level on, with a text, as they grow.

import { useMemo, useState } from "react";
import { useShallow } from "zustand/shallow";

import { CopyButton } from "../parts/CopyButton";
import { Failure } from "../parts/Failure";
import { Page } from "../parts/Page";
import { Search } from "../parts/Search";
import { Segments } from "../parts/Segments";
import { Switch } from "../parts/Switch";
import { useModel, useProfile } from "../store/context";
import { logWords, wanted, type LogLevel } from "../words/log";
import { screens } from "../words/screens";
import { LogView } from "./LogView";
import { useLog } from "./use-log";
import "./logs.css";

const none: string[] = [];

/** Agents that Ligand starts: what they print is a log of its own. */
const STARTED = new Set(["command", "exec", "claude"]);

/** The screen; with a profile it begins with what concerns that one. */
export function Logs({ of }: { of: string | null }) {
  const profiles = useModel(useShallow((model) => model.status?.profiles.map(({ name }) => name) ?? none));
  const kind = useProfile(of ?? "", (status) => status.agent.kind) ?? "";
  const [agent, setAgent] = useState(STARTED.has(kind) ? of : null);
  const [least, setLeast] = useState<LogLevel>("trace");
  const [text, setText] = useState(of === null || agent !== null ? "" : logWords.concerns(of));
  const [follow, setFollow] = useState(true);
  const { lines, failure } = useLog(agent, follow);
  const shown = useMemo(() => lines && wanted(lines, { least, text }), [lines, least, text]);
  return (
    <Page
      full
      title={screens.logs.name}
      lead={screens.logs.lead}
      actions={
        <>
          <Switch small label={logWords.follow} on={follow} onChange={setFollow} />
          <CopyButton
            label={logWords.copy}
            disabled={!shown?.length}
            text={() => shown?.map(({ whole }) => whole).join("\n") ?? ""}
          />
        </>
      }
    >
      <div className="logs-tools">
        <select
          className="select"
          aria-label={logWords.source}
          value={agent ?? ""}
          onChange={(event) => {
            setAgent(event.target.value || null);
          }}
        >
          <option value="">{logWords.host}</option>
          {profiles.map((name) => (
            <option key={name} value={name}>
              {logWords.agentOf(name)}
            </option>
          ))}
        </select>
        <Segments legend={logWords.level} options={logWords.levels} chosen={least} onChoose={setLeast} />
        <Search label={logWords.search} text={text} onChange={setText} />
        {failure && <Failure failure={failure} />}
      </div>
      <LogView
        key={agent}
        lines={shown}
        follow={follow}
        empty={lines?.length === 0}
        ofAgent={agent !== null}
      />
    </Page>
  );
}
