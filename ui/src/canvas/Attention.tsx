// What wants somebody: approvals that wait for a person, and that much changed while nobody looked. Quiet, and each
// opens what it speaks of.

import type { Approval } from "../generated/Approval";
import { Strange } from "../parts/Strange";
import { WebLink } from "../parts/WebLink";
import { useOrg, useProfile, useShared } from "../store/context";
import { goTo, look } from "../store/looking";
import { seeAbsence } from "../store/past";
import { usePast } from "../side/use-past";
import { approvalWords, attentionWords } from "../words/canvas";
import { momentOf } from "../words/figures";
import "./attention.css";

/** The banners; mostly nothing. */
export function Attention({ profile }: { profile: string }) {
  const approvals = useOrg(profile, (org) => org.approvals) ?? [];
  return (
    <>
      {approvals.length > 0 && <Approvals profile={profile} approvals={approvals} />}
      <Absent profile={profile} />
    </>
  );
}

function Approvals({ profile, approvals }: { profile: string; approvals: readonly Approval[] }) {
  const shared = useShared();
  const platform = useProfile(profile, (status) => status.platform) ?? "";
  return (
    <details className="attention">
      <summary>{attentionWords.approvals(approvals.length)}</summary>
      <ul className="attention-list">
        {approvals.map(({ id, workspace, name, action, reason, at }) => (
          <li key={id}>
            <button
              type="button"
              className="step"
              onClick={() => {
                goTo(shared, profile, workspace);
              }}
            >
              <span className="step-words">
                <Strange text={name} className="step-name" />
                <Strange text={action} />
                {reason !== null && <Strange text={reason} className="step-change" />}
              </span>
              <time className="step-time" dateTime={at}>
                {momentOf(at, "minute")}
              </time>
            </button>
          </li>
        ))}
      </ul>
      <p className="step-change">
        {approvalWords.where}{" "}
        <WebLink className="attention-go" address={platform}>
          {approvalWords.open}
        </WebLink>
      </p>
    </details>
  );
}

function Absent({ profile }: { profile: string }) {
  const shared = useShared();
  const { absences, told } = usePast(profile);
  const last = absences.at(-1);
  if (!last || last.through <= last.after || last.until === told) {
    return null;
  }
  return (
    <p className="attention attention-line" role="status">
      <span>
        {attentionWords.absence(last.through - last.after, momentOf(last.from, "minute"), momentOf(last.until, "minute"))}
      </span>
      <button
        type="button"
        className="attention-go"
        onClick={() => {
          look(shared.store, profile, { side: "timeline" });
        }}
      >
        {attentionWords.show}
      </button>
      <button
        type="button"
        className="plain-button"
        aria-label={attentionWords.later}
        onClick={() => {
          seeAbsence(shared, profile);
        }}
      >
        ✕
      </button>
    </p>
  );
}
