// What the host knows of one workspace beyond its row: asked for when it is opened, and again when its
// state or its card changed.

import { useEffect, useState } from "react";

import type { ApiError } from "../generated/ApiError";
import type { WorkspaceDetail } from "../generated/WorkspaceDetail";
import { failureOf } from "../host/host";
import { useModel, useOneWorkspace, useShared } from "../store/context";

/** What is known so far. */
export type Detail =
  | { state: "asking" }
  | { state: "known"; detail: WorkspaceDetail }
  | { state: "failed"; failure: ApiError };

/** Follows a workspace's details. */
export function useDetail(profile: string, id: string): Detail {
  const { host } = useShared();
  // What did not change is the same object.
  const { state, skills, description } = useOneWorkspace(profile, id) ?? {};
  const live = useModel((model) => model.connection.state === "live");
  const [detail, setDetail] = useState<Detail>({ state: "asking" });
  useEffect(() => {
    let over = false;
    if (!live) {
      return undefined;
    }
    host.workspace(profile, id).then(
      (known) => {
        if (!over) {
          setDetail({ state: "known", detail: known });
        }
      },
      (thrown: unknown) => {
        if (!over) {
          setDetail({ state: "failed", failure: failureOf(thrown) });
        }
      },
    );
    return () => {
      over = true;
    };
  }, [host, profile, id, state, skills, description, live]);
  return detail;
}
