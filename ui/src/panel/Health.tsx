// What is wrong with the profile and with the host, each with its next step. What is only good to know is folded away.

import type { HealthItem } from "../generated/HealthItem";
import type { Severity } from "../generated/Severity";
import { useModel, useProfile } from "../store/context";
import { count } from "../words/figures";
import { panelWords } from "../words/panel";
import { HealthNote } from "./HealthNote";
import "./health.css";

const none: readonly HealthItem[] = [];
/** The worst first. */
const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** The list; nothing when nothing is wrong. */
export function Health({ profile }: { profile: string }) {
  const own = useProfile(profile, (status) => status.health) ?? none;
  const hosts = useModel((model) => model.status?.host.health) ?? none;
  const items = [...hosts, ...own].sort((a, b) => rank[a.severity] - rank[b.severity]);
  const faults = items.filter((item) => item.severity !== "info");
  const notes = items.filter((item) => item.severity === "info");
  if (items.length === 0) {
    return null;
  }
  return (
    <section className="panel-part" aria-labelledby="health-title">
      <h2 id="health-title" className="panel-title">
        {panelWords.health}
      </h2>
      <ul className="health" aria-live="polite">
        {faults.map((item) => (
          <HealthNote key={item.code} item={item} />
        ))}
      </ul>
      {notes.length > 0 && (
        <details className="health-notes">
          <summary>{count(notes.length, "note")}</summary>
          <ul className="health">
            {notes.map((item) => (
              <HealthNote key={item.code} item={item} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
