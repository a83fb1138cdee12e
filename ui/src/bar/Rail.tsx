// The way from screen to screen.

import { hrefOf, type ScreenName } from "../app/route";
import { Icon } from "../parts/Icon";
import { Logo } from "../parts/Logo";
import { useModel } from "../store/context";
import { screens, whole } from "../words/screens";
import { attention } from "../words/health";
import "./rail.css";

const above: readonly ScreenName[] = ["canvas", "inspector", "logs", "health"];
const below: readonly ScreenName[] = ["settings", "about"];

/** The rail; `current` is the screen that is shown. */
export function Rail({ current }: { current: ScreenName }) {
  const ill = useModel((model) => attention(model.status));
  const link = (screen: ScreenName) => (
    <li key={screen}>
      <a className="rail-link" href={hrefOf(screen)} aria-current={screen === current ? "page" : undefined}>
        <span className="rail-icon">
          <Icon name={screen} />
          {screen === "health" && ill > 0 && (
            <span className="rail-count">
              <span aria-hidden="true">{ill}</span>
            </span>
          )}
        </span>
        {screens[screen].name}
        {screen === "health" && ill > 0 && <span className="unseen">: {whole.attention(ill)}</span>}
      </a>
    </li>
  );
  return (
    <nav className="rail" aria-label={whole.screens}>
      <p className="rail-brand">
        <Logo size={28} />
        <span className="unseen">{whole.name}</span>
      </p>
      <ul className="rail-list">{above.map(link)}</ul>
      <ul className="rail-list rail-last">{below.map(link)}</ul>
    </nav>
  );
}
