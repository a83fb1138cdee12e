// The first of a workspace's skills, and how many more there are.

import { Strange } from "../parts/Strange";

interface SkillsProps {
  /** Those that fit into one line. */
  names: readonly string[];
  more: number;
  /** Whether it can be asked for them now. */
  good: boolean;
}

/** The labels. */
export function Skills({ names, more, good }: SkillsProps) {
  return (
    <p className={good ? "skills skills-good" : "skills"}>
      {names.map((name, at) => (
        <Strange key={at} text={name} className="skill" clamped />
      ))}
      {more > 0 && <span className="skill skill-more">+{more}</span>}
    </p>
  );
}
