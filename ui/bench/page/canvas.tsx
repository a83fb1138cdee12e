// The Canvas itself, with a host that says what the bench tells it to.

import type { Root } from "react-dom/client";

import { Canvas } from "../../src/canvas/Canvas";
import type { Org } from "../../src/generated/Org";
import type { OrgChange } from "../../src/generated/OrgChange";
import { coalesce } from "../../src/store/coalesce";
import { commit } from "../../src/store/commit";
import { SharedProvider } from "../../src/store/context";
import { createModel } from "../../src/store/model";
import { FakeHost } from "../../src/testing/fake-host";

/** Shows the org; the result takes changes. */
export function show(root: Root, org: Org): (change: OrgChange) => void {
  const host = new FakeHost();
  const store = createModel();
  host.subscribe(
    coalesce((batch) => {
      commit(store, host, batch);
    }),
  );
  root.render(
    <SharedProvider value={{ store, host }}>
      <div className="bench">
        <Canvas profile="work" />
      </div>
    </SharedProvider>,
  );
  host.tell({ kind: "live" }, { kind: "org", org });
  return (change) => {
    host.tell({ kind: "org_change", change });
  };
}

/** Whether the org is drawn: the middle of the drawn layer is not all ground. */
export function isPainted(): boolean {
  const canvas = document.querySelector<HTMLCanvasElement>(".stage-drawn");
  return canvas !== null && canvas.width > 0 && document.querySelector(".counts-state") !== null && drawn(canvas);
}

function drawn(canvas: HTMLCanvasElement): boolean {
  const probe = document.createElement("canvas");
  [probe.width, probe.height] = [64, 64];
  const context = probe.getContext("2d");
  if (!context) {
    return false;
  }
  context.drawImage(canvas, 0, 0, 64, 64);
  const { data } = context.getImageData(0, 0, 64, 64);
  const colours = new Set<number>();
  for (let at = 0; at < data.length; at += 4) {
    colours.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
  }
  return colours.size > 12;
}
