// The status bar: every profile's presence and link in words, and how this window stands with the host.

import { useShallow } from "zustand/shallow";

import { hrefOf } from "../app/route";
import { Icon } from "../parts/Icon";
import { useModel } from "../store/context";
import { whole } from "../words/screens";
import { HostPill } from "./HostPill";
import { ProfileItem } from "./ProfileItem";
import "./bar.css";

const none: string[] = [];

/** The bar. */
export function Bar() {
  const names = useModel(useShallow((model) => model.status?.profiles.map((profile) => profile.name) ?? none));
  return (
    <header className="bar">
      <ul className="bar-profiles" aria-label={whole.profiles}>
        {names.map((name) => (
          <li key={name}>
            <ProfileItem name={name} alone={names.length === 1} />
          </li>
        ))}
        {names.length > 0 && (
          <li>
            <a className="bar-add" href={hrefOf("welcome")} aria-label={whole.add} title={whole.add}>
              <Icon name="welcome" />
            </a>
          </li>
        )}
      </ul>
      <HostPill />
    </header>
  );
}
