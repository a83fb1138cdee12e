// Which workspaces a search means. Pure.

import type { OrgWorkspace } from "../generated/OrgWorkspace";
import { workspaceLook } from "../words/look";

/** So many are listed; whoever wants fewer writes more. */
const MOST = 50;

/** Every word of the search is in the name, the role, a skill or the state; those whose name begins so come first. */
export function find(workspaces: Iterable<OrgWorkspace>, search: string): readonly OrgWorkspace[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked: [number, OrgWorkspace][] = [];
  for (const workspace of workspaces) {
    const rank = rankOf(workspace, words);
    if (rank !== null) {
      ranked.push([rank, workspace]);
    }
  }
  ranked.sort(([a, one], [b, other]) => a - b || one.name.localeCompare(other.name, "en", { numeric: true }));
  return ranked.slice(0, MOST).map(([, workspace]) => workspace);
}

function rankOf({ name, role, skills, state, ours }: OrgWorkspace, words: readonly string[]): number | null {
  const lower = name.toLowerCase();
  const rest = [role ?? "", ...skills, state, workspaceLook(state).word, ours ? "this laptop" : ""];
  const others = rest.join("\n").toLowerCase();
  let rank = ours ? -0.5 : 0;
  for (const word of words) {
    if (lower.startsWith(word)) {
      continue;
    }
    if (lower.includes(word)) {
      rank += 1;
    } else if (others.includes(word)) {
      rank += 2;
    } else {
      return null;
    }
  }
  return rank;
}
