// The status bar: every profile's presence and link in words, and how this window stands with the host.

import { useShallow } from "zustand/shallow";

import { Logo } from "../parts/Logo";
import { useModel } from "../store/context";
import { HostPill } from "./HostPill";
import { ProfileItem } from "./ProfileItem";
import "./bar.css";

const none: string[] = [];

/** The bar. */
export function Bar() {
  const names = useModel(useShallow((model) => model.status?.profiles.map((profile) => profile.name) ?? none));
  return (
    <header className="bar">
      <h1 className="bar-brand">
        <Logo size={22} />
        Ligand
      </h1>
      <ul className="bar-profiles" aria-label="Profiles">
        {names.map((name) => (
          <li key={name}>
            <ProfileItem name={name} alone={names.length === 1} />
          </li>
        ))}
      </ul>
      <HostPill />
    </header>
  );
}
