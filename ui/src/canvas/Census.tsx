// How many workspaces there are and how many are online: for the eye at the Canvas' foot, and read out when it
// changes, but not for each step of a quick run of changes.

import { useEffect, useState } from "react";

import { useOrg } from "../store/context";
import { census } from "../words/workspace";
import "./census.css";

/** A change is read out when none came for so long, in milliseconds. */
const CALM = 1_000;

/** The count. */
export function Census({ profile }: { profile: string }) {
  const words = useOrg(profile, (org) => census(org.workspaces.size, org.online));
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => {
      setSaid(words ?? "");
    }, CALM);
    return () => {
      clearTimeout(timer);
    };
  }, [words]);
  return (
    <>
      <p className="census" aria-hidden="true">
        {words}
      </p>
      <p className="unseen" aria-live="polite">
        {said}
      </p>
    </>
  );
}
