// Whose org is drawn: the drawing library makes the nodes, so it cannot be handed down to them.

import { createContext, useContext } from "react";

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { useOrg } from "../store/context";

/** The profile whose org is drawn. */
export const ProfileContext = createContext("");

/** One workspace of that org. */
export function useWorkspace(id: string): OrgWorkspace | undefined {
  return useOrg(useContext(ProfileContext), (org) => org.workspaces.get(id));
}

/** How many workspaces stand right inside it. */
export function useInside(id: string): number {
  return useOrg(useContext(ProfileContext), (org) => org.layout.places.get(id)?.children.length) ?? 0;
}
