// After the profile was added: on to the Canvas as soon as it is online, or the one thing that is missing.

import { useEffect, useRef } from "react";

import { hrefOf } from "../app/route";
import { Notice } from "../parts/Notice";
import { Prose } from "../parts/Prose";
import { StateMark } from "../parts/StateMark";
import { useModel, useProfile, useShared } from "../store/context";
import { choose } from "../store/model";
import { presenceLook, type Look } from "../words/look";
import { sentence } from "../words/sentence";
import { arriving } from "../words/welcome";

const busy: Look = { word: "", shape: "half", tone: "busy" };

/** The step after the last. */
export function Arriving({ profile }: { profile: string }) {
  const { store } = useShared();
  const heading = useRef<HTMLHeadingElement>(null);
  const known = useModel((model) => model.status?.profiles.some(({ name }) => name === profile) ?? false);
  const presence = useProfile(profile, (status) => status.presence);
  // The worst stands first.
  const fault = useProfile(profile, (status) => status.health.find(({ severity }) => severity !== "info") ?? null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  useEffect(() => {
    if (known) {
      choose(store, profile);
    }
  }, [known, profile, store]);
  const online = presence?.state === "online";
  useEffect(() => {
    if (online) {
      window.location.hash = hrefOf("canvas");
    }
  }, [online]);
  const why = fault?.next ?? presence?.reason ?? null;
  const look = presence && presence.state !== "connecting" ? presenceLook(presence.state) : busy;
  return (
    <section className="step arriving" aria-label={arriving.title}>
      <h1 ref={heading} tabIndex={-1} className="step-title">
        {arriving.title}
      </h1>
      <p className="arriving-state" role="status">
        <StateMark look={look} />
        {look.word === "" ? arriving.waiting : look.word}
      </p>
      {why !== null && (
        <Notice weight="warning" title={fault ? <Prose text={fault.title} /> : arriving.missing}>
          {fault?.detail != null && (
            <p>
              <Prose text={sentence(fault.detail)} />
            </p>
          )}
          <p>
            <Prose text={sentence(why)} />
          </p>
        </Notice>
      )}
      <p className="step-foot">
        <a className="button button-large" href={hrefOf("health")}>
          {arriving.health}
        </a>
        {why !== null && (
          <a className="button button-large" href={hrefOf("settings", profile)}>
            {arriving.settings}
          </a>
        )}
        <a className="button button-main button-large" href={hrefOf("canvas")}>
          {arriving.canvas}
        </a>
      </p>
    </section>
  );
}
