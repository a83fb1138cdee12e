// The way from components to the store and the host.

import { createContext, useCallback, useContext, useSyncExternalStore, type ReactNode } from "react";
import { useStore } from "zustand";

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import type { ProfileStatus } from "../generated/ProfileStatus";
import type { Host } from "../host/host";
import { lookingAt, type Looking } from "./looking";
import type { Model, ModelStore } from "./model";
import type { OrgStore, OrgView } from "./org-store";

/** What the whole window shares. */
export interface Shared {
  store: ModelStore;
  host: Host;
}

const SharedContext = createContext<Shared | null>(null);

/** Gives store and host to everything inside. */
export function SharedProvider({ value, children }: { value: Shared; children: ReactNode }) {
  return <SharedContext value={value}>{children}</SharedContext>;
}

/** Store and host, for what does something. */
export function useShared(): Shared {
  const shared = useContext(SharedContext);
  if (!shared) {
    throw new Error("a component stands outside of SharedProvider");
  }
  return shared;
}

/** A part of the model: select the least that is needed. */
export function useModel<T>(select: (model: Model) => T): T {
  return useStore(useShared().store, select);
}

/** A part of one profile's status. */
export function useProfile<T>(name: string, select: (profile: ProfileStatus) => T): T | undefined {
  return useModel((model) => {
    const profile = model.status?.profiles.find((profile) => profile.name === name);
    return profile && select(profile);
  });
}

/** One profile's org itself, for who listens to parts of it. */
export function useOrgStore(profile: string): OrgStore | undefined {
  return useModel((model) => model.orgs[profile]);
}

/** A part of one profile's org; what is selected is the same object until it changes. */
export function useOrg<T>(profile: string, select: (org: OrgView) => T): T | undefined {
  const org = useOrgStore(profile);
  return useSyncExternalStore(org?.listen ?? nothingToHear, () => org && select(org.view));
}

/** A part of how one profile's Canvas is looked at. */
export function useLooking<T>(profile: string, select: (looking: Looking) => T): T {
  return useModel((model) => select(lookingAt(model.looks, profile)));
}

/** One workspace of an org. */
export function useOneWorkspace(profile: string, id: string | null): OrgWorkspace | undefined {
  const org = useOrgStore(profile);
  const listen = useCallback(
    (listener: () => void) => (id === null ? nothingToHear() : (org?.listenTo(id, listener) ?? nothingToHear())),
    [org, id],
  );
  return useSyncExternalStore(listen, () => (id === null ? undefined : org?.view.workspaces.get(id)));
}

const nothingToHear = () => () => undefined;
