// One profile in the bar: presence and link in words. With several, each is a button that shows its org.

import { useModel, useProfile, useShared } from "../store/context";
import { choose } from "../store/model";
import { StateMark } from "../parts/StateMark";
import { Strange } from "../parts/Strange";
import { presenceLook } from "../words/look";
import { wayWords } from "../words/profile";
import "./profile-item.css";

/** The profile; `alone` when there is no other to choose. */
export function ProfileItem({ name, alone }: { name: string; alone: boolean }) {
  const { store } = useShared();
  const chosen = useModel((model) => model.chosen === name);
  const state = useProfile(name, (profile) => profile.presence.state);
  const way = useProfile(name, (profile) => wayWords(profile.exposure, profile.link));
  if (!state || way === undefined) {
    return null;
  }
  const look = presenceLook(state);
  const words = (
    <>
      <StateMark look={look} />
      <Strange text={name} className="profile-name" clamped />
      <span className="profile-presence">{look.word}</span>
      <span className="profile-link">{way}</span>
    </>
  );
  return (
    <>
      {alone ? (
        <p className="profile">{words}</p>
      ) : (
        <button
          type="button"
          className="profile profile-choice"
          aria-pressed={chosen}
          onClick={() => {
            choose(store, name);
          }}
        >
          {words}
        </button>
      )}
      {/* Of what changes here, only presence is worth being read out. */}
      <span className="unseen" role="status">
        {`${name}: ${look.word}`}
      </span>
    </>
  );
}
