// What the window says and does about one profile: how it is, what is wrong, and a word to its workspace.

import { Health } from "./Health";
import { ProfileCard } from "./ProfileCard";
import { SayHello } from "./SayHello";
import "./panel.css";

/** The panel of the chosen profile. */
export function Panel({ profile }: { profile: string }) {
  return (
    <aside className="panel" aria-label="This laptop">
      <ProfileCard profile={profile} />
      <Health profile={profile} />
      <SayHello profile={profile} />
    </aside>
  );
}
