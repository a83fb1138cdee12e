// Where the window begins.

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { openHost } from "./host/open";
import { coalesce } from "./store/coalesce";
import { commit } from "./store/commit";
import { SharedProvider } from "./store/context";
import { createModel } from "./store/model";
import "./styles/tokens.css";
import "./styles/base.css";

const root = document.getElementById("root");
if (root) {
  const host = openHost();
  const store = createModel();
  host.subscribe(
    coalesce((batch) => {
      commit(store, host, batch);
    }),
  );
  createRoot(root).render(
    <StrictMode>
      <SharedProvider value={{ store, host }}>
        <App />
      </SharedProvider>
    </StrictMode>,
  );
}
