// The window: what is shown while there is nothing to show yet, and else the bar, the Canvas and the panel.

import { useModel } from "../store/context";
import { Bar } from "../bar/Bar";
import { Canvas } from "../canvas/Canvas";
import { Panel } from "../panel/Panel";
import { Message } from "./Message";
import "./app.css";

const FIRST_PROFILE =
  "`ligand connect` adds one from the connection block of a workspace. `ligand up --local` tries everything on this machine.";

/** The whole window. */
export function App() {
  const connection = useModel((model) => model.connection);
  const known = useModel((model) => model.status !== null);
  const chosen = useModel((model) => model.chosen);
  if (connection.state === "refused") {
    return <Message title={connection.failure.message} next={connection.failure.next} alarming />;
  }
  if (chosen === null) {
    if (connection.state === "lost") {
      return <Message title={connection.failure.message} next={connection.failure.next} alarming />;
    }
    return known ? (
      <Message title="No profile yet" next={FIRST_PROFILE} />
    ) : (
      <Message title="Connecting to the host" next={null} busy />
    );
  }
  return (
    <div className={connection.state === "live" ? "app" : "app app-stale"}>
      <a className="skip" href="#canvas">
        Skip to the Canvas
      </a>
      <Bar />
      <main key={chosen} className="app-main">
        <Canvas profile={chosen} />
        <Panel profile={chosen} />
      </main>
    </div>
  );
}
