// The proxy to platform and relay. Whoever sets it can see where requests go, so the change is confirmed.

import { useState } from "react";

import type { ProxyConfig } from "../generated/ProxyConfig";
import type { Settings } from "../generated/Settings";
import { ask } from "../host/routes";
import { Choice } from "../parts/Choice";
import { Confirming } from "../parts/Confirming";
import { Field } from "../parts/Field";
import { Section } from "../parts/Section";
import { useChange } from "../parts/use-change";
import { judgeProxy } from "../words/judge";
import { changing } from "../words/parts";
import { proxies, proxyWords } from "../words/settings";

interface ProxyPartProps {
  settings: Settings;
  onChanged: () => void;
}

/** The part. */
export function ProxyPart({ settings: { proxy, proxy_login: login, can_change: canChange }, onChanged }: ProxyPartProps) {
  const now = proxy.kind === "through" ? proxy.url : "";
  const [kind, setKind] = useState<ProxyConfig["kind"]>(proxy.kind);
  const [url, setUrl] = useState(now);
  const change = useChange();
  const changed = kind !== proxy.kind || (kind === "through" && url !== now);
  const ready = changed && (kind !== "through" || judgeProxy(url).good);
  const save = async () => {
    const wanted: ProxyConfig = kind === "through" ? { kind, url: url.trim() } : { kind };
    if (await change.run(ask.changeProxy(wanted))) {
      onChanged();
    }
  };
  return (
    <Section title={proxyWords.title} lead={proxyWords.lead}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Choice legend={proxyWords.title} options={proxies} chosen={kind} onChoose={setKind} />
        {kind === "through" && (
          <Field
            code
            label={proxyWords.address}
            hint={login ? `${proxyWords.hint} ${proxyWords.login}` : proxyWords.hint}
            placeholder="http://proxy.example:3128"
            value={url}
            onChange={setUrl}
            judged={judgeProxy(url)}
          />
        )}
        {changed && (
          <div className="form-foot">
            <button type="submit" className="button button-main" disabled={!ready || !canChange || change.asking}>
              {changing.save}
            </button>
          </div>
        )}
        <Confirming change={change} />
      </form>
    </Section>
  );
}
