// Whose org is drawn.

import { createContext, useContext } from "react";

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { useOneWorkspace } from "../store/context";

/** The profile whose org is drawn. */
export const ProfileContext = createContext("");

/** The profile whose org is drawn. */
export function useShownProfile(): string {
  return useContext(ProfileContext);
}

/** One workspace of that org. */
export function useWorkspace(id: string): OrgWorkspace | undefined {
  return useOneWorkspace(useContext(ProfileContext), id);
}
