// The window: what is shown while there is nothing to show yet, and else the rail, the bar and one screen.

import { useEffect, useMemo } from "react";

import { Bar } from "../bar/Bar";
import { Rail } from "../bar/Rail";
import { useModel } from "../store/context";
import { screens, whole } from "../words/screens";
import { Message } from "./Message";
import { readRoute, useFragment, type Route } from "./route";
import { Screen } from "./Screen";
import "./app.css";

/** The whole window. */
export function App() {
  const connection = useModel((model) => model.connection);
  const known = useModel((model) => model.status !== null);
  const empty = useModel((model) => model.status?.profiles.length === 0);
  const fragment = useFragment();
  const route = useMemo(() => shown(readRoute(fragment), empty), [fragment, empty]);
  useEffect(() => {
    document.title = `${screens[route.screen].name} · Ligand`;
  }, [route.screen]);
  if (connection.state === "refused") {
    return <Message title={connection.failure.message} next={connection.failure.next} alarming />;
  }
  if (!known) {
    return connection.state === "lost" ? (
      <Message title={connection.failure.message} next={connection.failure.next} alarming />
    ) : (
      <Message title={whole.connecting} next={null} busy />
    );
  }
  return (
    <div className={connection.state === "live" ? "app" : "app app-stale"}>
      <button
        type="button"
        className="skip"
        onClick={() => {
          document.getElementById("main")?.focus();
        }}
      >
        {whole.skip}
      </button>
      <Rail current={route.screen} />
      <Bar />
      <Screen route={route} />
    </div>
  );
}

/** Without a profile there is nothing on the Canvas: adding one is what the window begins with. */
function shown(route: Route, empty: boolean): Route {
  const nothing = empty && (route.screen === "canvas" || route.screen === "inspector");
  return nothing ? { screen: "welcome", platform: null, workspace: null } : route;
}
