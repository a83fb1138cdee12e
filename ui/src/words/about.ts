// What is said of the program itself.

import type { VaultStatus } from "../generated/VaultStatus";

/** The screen's own words. */
export const aboutWords = {
  version: (version: string, commit: string | null) => `Version ${version}${commit === null ? "" : ` · ${commit}`}`,
  whole: (version: string, commit: string | null) => `Ligand ${version}${commit === null ? "" : ` (${commit})`}`,
  newer: (version: string) => `Version ${version} is there`,
  updates: "Newer versions",
  updatesHint: "Ligand only tells of one, if you want it to. It installs nothing.",
  settings: "Settings",
  copy: "Copy version",
  here: "On this machine",
  vault: "Secrets",
  process: "Process of the host",
  licence: "Licence",
  licenceWords: "MIT or Apache-2.0, as you like",
} as const;

/** Where secrets are kept. */
export function vaultWords(vault: VaultStatus): string {
  switch (vault.kind) {
    case "keychain":
      return "In this system's keychain.";
    case "file":
      return `In ${vault.path}, which only you can read: there is no keychain here.`;
    case "memory":
      return "In memory alone, until the host ends.";
    case "waiting":
      return "The keychain has not answered yet.";
    default:
      // Of a newer host.
      return "Elsewhere.";
  }
}
