// The way from components to the store and the host.

import { createContext, useContext, type ReactNode } from "react";
import { useStore } from "zustand";

import type { ProfileStatus } from "../generated/ProfileStatus";
import type { Host } from "../host/host";
import type { Model, ModelStore } from "./model";
import type { OrgView } from "./org-view";

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

/** A part of one profile's org. */
export function useOrg<T>(profile: string, select: (org: OrgView) => T): T | undefined {
  return useModel((model) => {
    const org = model.orgs[profile];
    return org && select(org);
  });
}
