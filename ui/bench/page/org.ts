// A made-up org, the same in every run: teams of about nine, a third of them inside another, states as on a normal day.

import type { Org } from "../../src/generated/Org";
import type { OrgWorkspace } from "../../src/generated/OrgWorkspace";
import { org, seeded, workspace } from "../../src/testing/samples";

const STATES = ["online", "online", "online", "online", "online", "online", "offline", "degraded", "paused", "failed"];
const ROLES = ["Reads papers and sums them up", "Writes the release notes", "Watches the build", "Answers customers"];
const SKILLS = ["research", "summaries", "rust", "review", "sql", "support"];

/** The org of so many. */
export function madeUp(count: number): Org {
  const random = seeded(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const workspaces: OrgWorkspace[] = [];
  const teams: string[] = [];
  for (let at = 0; at < count; at++) {
    const id = `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;
    const team = at % 10 === 0;
    workspaces.push(
      workspace(id, {
        name: team ? `Team ${at / 10}` : `worker ${at}`,
        role: pick(ROLES),
        skills: SKILLS.slice(0, Math.floor(random() * SKILLS.length)),
        state: pick(STATES),
        last_seen: "2026-01-02T03:04:05Z",
        remote: random() < 0.2,
        ours: at === 1,
        tier: 1 + Math.floor(random() * 4),
        active_tasks: random() < 0.3 ? 1 : 0,
        current_task: random() < 0.3 ? "summarise the report of last week" : null,
        parent_id: team ? (random() < 0.3 ? (teams.at(-1) ?? null) : null) : (teams.at(-1) ?? null),
      }),
    );
    if (team) {
      teams.push(id);
    }
  }
  return org(workspaces, { profile: "work" });
}

/** One of them after something happened to it. */
export function changed(one: OrgWorkspace, random: () => number): OrgWorkspace {
  const what = random();
  if (what < 0.4) {
    return { ...one, state: one.state === "online" ? "offline" : "online", since: "2026-01-02T03:05:00Z" };
  }
  return { ...one, active_tasks: (one.active_tasks + 1) % 3, current_task: what < 0.7 ? "another task" : null };
}
