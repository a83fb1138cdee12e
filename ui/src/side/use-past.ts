// What became of the states, for components.

import { useEffect } from "react";

import { useModel, useOrgStore, useShared } from "../store/context";
import { followPast, pastOf, type Past } from "../store/past";

/** Follows a profile's past for as long as it is shown. */
export function useFollowPast(profile: string): void {
  const shared = useShared();
  const org = useOrgStore(profile);
  useEffect(() => (org ? followPast(shared, profile) : undefined), [shared, org, profile]);
}

/** The past of a profile's org. */
export function usePast(profile: string): Past {
  return useModel(({ pasts }) => pastOf(pasts, profile));
}
