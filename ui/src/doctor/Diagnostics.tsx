// Everything for somebody who helps, as text for the clipboard or as a file.

import { useState } from "react";

import type { DiagnosticsFile } from "../generated/DiagnosticsFile";
import { ask } from "../host/routes";
import { CopyButton } from "../parts/CopyButton";
import { Failure } from "../parts/Failure";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { Section } from "../parts/Section";
import { Strange } from "../parts/Strange";
import { useChange } from "../parts/use-change";
import { useShared } from "../store/context";
import { checkupWords } from "../words/checkup";
import { size } from "../words/deliveries";

/** The part. */
export function Diagnostics() {
  const { host } = useShared();
  const change = useChange();
  const [file, setFile] = useState<DiagnosticsFile | null>(null);
  return (
    <Section title={checkupWords.diagnostics} lead={checkupWords.diagnosticsLead}>
      <div className="diagnostics">
        <CopyButton label={checkupWords.copy} text={async () => (await host.ask(ask.diagnostics())).text} />
        <button
          type="button"
          className="button"
          disabled={change.asking}
          onClick={() => {
            void change.run(ask.diagnosticsFile()).then(setFile);
          }}
        >
          <Icon name="save" />
          {checkupWords.file}
        </button>
      </div>
      <div role="status">
        {file && (
          <Notice weight="good" title={`${checkupWords.filed} (${size(file.bytes)})`}>
            <Strange text={file.path} className="facts-code" />
          </Notice>
        )}
      </div>
      {change.failure && <Failure failure={change.failure} />}
    </Section>
  );
}
