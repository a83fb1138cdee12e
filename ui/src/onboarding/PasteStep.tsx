// The second step for a workspace that exists: what was pasted is read at once, shown without its token, and taken out
// of the page.

import { useEffect, useRef, useState } from "react";

import { Field } from "../parts/Field";
import { Notice } from "../parts/Notice";
import { readBlock } from "../words/block";
import { judgePlatform, judgeSecret, judgeWorkspace } from "../words/judge";
import { paste } from "../words/welcome";
import { BlockCard } from "./BlockCard";
import { Frame } from "./Frame";
import { OrgId } from "./OrgId";
import type { StepProps } from "./Welcome";

/** The step. */
export function PasteStep({ draft, change, ready, again, onBack, onNext }: StepProps) {
  const { block } = draft;
  const [linked] = useState(block !== null && block.token === null && draft.token === "");
  const [text, setText] = useState("");
  const reading = readBlock(text);
  const step = useRef<HTMLDivElement>(null);
  const was = useRef(block !== null);
  useEffect(() => {
    // What had the keyboard has just gone: what stands in its place gets it.
    if (was.current !== (block !== null)) {
      was.current = block !== null;
      step.current?.querySelector<HTMLElement>("textarea, button")?.focus();
    }
  }, [block]);
  const onText = (text: string) => {
    const reading = readBlock(text);
    if ("block" in reading && judgePlatform(reading.block.platform).good) {
      change({ block: reading.block, token: "" });
      setText("");
    } else {
      setText(text);
    }
  };
  const fault = "fault" in reading ? reading.fault : judgePlatform(reading.block.platform).words;
  return (
    <Frame title={paste.title} lead={paste.lead} ready={ready} onBack={onBack} onNext={onNext}>
      {linked && block && <Notice weight="warning">{paste.linked}</Notice>}
      <div ref={step}>
        {block ? (
          <BlockCard
            block={block}
            onAgain={() => {
              change({ block: null, token: "" });
            }}
          />
        ) : (
          <Field
            code
            rows={7}
            label={paste.label}
            hint={paste.hint}
            value={text}
            onChange={onText}
            judged={{ good: false, words: fault }}
          />
        )}
      </div>
      {again !== null && <Notice title={paste.here(again)}>{paste.hereWords}</Notice>}
      {block && <Faults platform={block.platform} workspace={block.workspace} />}
      {block?.token === null && (
        <Field
          secret
          code
          label={paste.tokenLabel}
          hint={paste.tokenHint}
          value={draft.token}
          onChange={(token) => {
            change({ token });
          }}
          judged={judgeSecret(draft.token)}
        />
      )}
      {block && <OrgId draft={draft} change={change} />}
    </Frame>
  );
}

/** What is wrong with what a link brought. */
function Faults({ platform, workspace }: { platform: string; workspace: string }) {
  const faults = [judgePlatform(platform), judgeWorkspace(workspace)].filter(({ good }) => !good);
  return faults.map(({ words }) => <Notice key={words} weight="error" title={words} />);
}
