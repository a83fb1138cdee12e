// What can be done with a workspace beside talking to it.

import { useState } from "react";

import { hrefOf } from "../app/route";
import type { ApiError } from "../generated/ApiError";
import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { failureOf } from "../host/host";
import { Failure } from "../parts/Failure";
import { WebLink } from "../parts/WebLink";
import { useModel, useShared } from "../store/context";
import { screens } from "../words/screens";
import { actionWords } from "../words/side";
import { Mute } from "./Mute";
import type { Detail } from "./use-detail";

interface ActionsProps {
  profile: string;
  workspace: OrgWorkspace;
  detail: Detail;
}

/** The buttons. */
export function Actions({ profile, workspace: { id, ours }, detail }: ActionsProps) {
  const { host } = useShared();
  const live = useModel((model) => model.connection.state === "live");
  const [copied, setCopied] = useState(false);
  const [asked, setAsked] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const copy = async () => {
    setFailure(null);
    try {
      await navigator.clipboard.writeText(id);
      setCopied(true);
    } catch {
      setFailure({ code: "no_clipboard", message: actionWords.notCopied(id), next: null, needs_user: false });
    }
  };
  const restart = async () => {
    setAsked(true);
    setFailure(null);
    try {
      await host.restart(profile);
    } catch (thrown) {
      setFailure(failureOf(thrown));
    }
    setAsked(false);
  };
  return (
    <>
      <div className="details-actions">
        <button type="button" className="button" onClick={() => void copy()}>
          {copied ? actionWords.copied : actionWords.copy}
        </button>
        {detail.state === "known" && (
          <WebLink className="button" address={detail.detail.canvas_url}>
            {actionWords.open}
          </WebLink>
        )}
        {!ours && <Mute profile={profile} id={id} />}
        {ours && (
          <a className="button" href={hrefOf("logs", profile)}>
            {screens.logs.name}
          </a>
        )}
        {ours && (
          <button type="button" className="button" disabled={!live || asked} onClick={() => void restart()}>
            {asked ? actionWords.restarting : actionWords.restart}
          </button>
        )}
      </div>
      {failure && <Failure failure={failure} />}
    </>
  );
}
