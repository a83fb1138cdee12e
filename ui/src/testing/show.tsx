// Shows a part of the window to a test, with a store that it can write and a host that it can steer.

import { cleanup, render } from "@testing-library/react";
import { act, type ReactNode } from "react";
import { afterEach } from "vitest";

import type { HostEvent } from "../host/host";
import { coalesce } from "../store/coalesce";
import { SharedProvider } from "../store/context";
import { apply, createModel } from "../store/model";
import { FakeHost } from "./fake-host";

// React says at the first render which steps a test left unawaited.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
afterEach(cleanup);

/** Shows it; `say` tells what the host says and draws the frame. */
export function show(children: ReactNode) {
  const host = new FakeHost();
  const store = createModel();
  const frames: (() => void)[] = [];
  host.subscribe(
    coalesce(
      (batch) => {
        store.setState((model) => apply(model, batch));
      },
      (callback) => frames.push(callback),
    ),
  );
  const shown = render(<SharedProvider value={{ store, host }}>{children}</SharedProvider>);
  const say = (...events: HostEvent[]) => {
    act(() => {
      host.say(...structuredClone(events));
      frames.splice(0).forEach((frame) => {
        frame();
      });
    });
  };
  return { ...shown, host, store, say };
}
