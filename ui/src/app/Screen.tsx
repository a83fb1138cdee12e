// The screen that the address names.

import { About } from "../about/About";
import { Checkup } from "../doctor/Checkup";
import { Inspector } from "../inspector/Inspector";
import { Logs } from "../logs/Logs";
import { Welcome } from "../onboarding/Welcome";
import { Settings } from "../settings/Settings";
import { useModel } from "../store/context";
import { CanvasScreen } from "./CanvasScreen";
import type { Route } from "./route";

/** The screen. */
export function Screen({ route }: { route: Route }) {
  const chosen = useModel((model) => model.chosen);
  switch (route.screen) {
    case "canvas":
      return chosen === null ? null : <CanvasScreen key={chosen} profile={chosen} workspace={route.workspace} />;
    case "inspector":
      return chosen === null ? null : <Inspector key={chosen} profile={chosen} />;
    case "logs":
      return <Logs key={route.profile} of={route.profile} />;
    case "health":
      return <Checkup key={chosen} profile={chosen} />;
    case "settings":
      return <Settings of={route.profile} />;
    case "about":
      return <About />;
    case "welcome":
      // A link that comes while the screen is open begins it anew.
      return <Welcome key={`${route.platform} ${route.workspace}`} platform={route.platform} workspace={route.workspace} />;
  }
}
