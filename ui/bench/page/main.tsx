// The page that is measured: the Canvas, or plain React Flow with the same nodes, fed as the host would feed it.
// `?of=canvas|flow&n=1000`.

import { createRoot } from "react-dom/client";

import "../../src/styles/tokens.css";
import "../../src/styles/base.css";
import "./bench.css";
import type { Org } from "../../src/generated/Org";
import type { OrgChange } from "../../src/generated/OrgChange";
import { seeded } from "../../src/testing/samples";
import { changed } from "./org";

declare global {
  interface Window {
    bench: {
      /** Milliseconds from the page's beginning to the first frame with the org. */
      painted: number | null;
      /** 1 % of the workspaces change per second from now on, or not any more. */
      churn(on: boolean): void;
      /** One workspace gives a sign of life, as the host's text. */
      beat(text: string): void;
    };
  }
}

const query = new URLSearchParams(location.search);
const count = Number(query.get("n") ?? "1000");
const root = document.getElementById("root");

async function begin(element: HTMLElement): Promise<void> {
  const [text, kind] = await Promise.all([
    fetch(`/org.json?n=${count}`).then((response) => response.text()),
    query.get("of") === "flow" ? import("./flow") : import("./canvas"),
  ]);
  const org = JSON.parse(text) as Org;
  const hear = kind.show(createRoot(element), org);
  const random = seeded(11);
  let revision = org.revision;
  const tell = (parts: Pick<OrgChange, "changed" | "beats">) => {
    hear({
      profile: "work",
      since: revision,
      revision: ++revision,
      as_of: "2026-01-02T03:04:06Z",
      head: null,
      removed: [],
      order: null,
      ...parts,
    });
  };
  let timer: ReturnType<typeof setInterval> | null = null;
  // In tenths of a second, as many at once as come in that time.
  const some = Math.max(1, Math.round(count / 1000));
  window.bench = {
    painted: null,
    churn(on) {
      if (timer !== null) {
        clearInterval(timer);
        timer = null;
      }
      if (on) {
        timer = setInterval(() => {
          const rows = Array.from({ length: some }, () => {
            const at = Math.floor(random() * org.workspaces.length);
            const before = org.workspaces[at];
            return before && (org.workspaces[at] = changed(before, random));
          });
          tell({ changed: rows.filter((row) => row !== undefined), beats: [] });
        }, 100);
      }
    },
    beat(said) {
      tell({ changed: [], beats: [JSON.parse(said) as OrgChange["beats"][number]] });
    },
  };
  const wait = () => {
    if (kind.isPainted()) {
      window.bench.painted = performance.now();
    } else {
      requestAnimationFrame(wait);
    }
  };
  requestAnimationFrame(wait);
}

if (root) {
  void begin(root);
}
