// Shows a part of the window to a test, with a store that it can write and a host that it can steer.

import { cleanup, render } from "@testing-library/react";
import { act, type ReactNode } from "react";
import { afterEach } from "vitest";

import type { HostEvent } from "../host/host";
import { coalesce } from "../store/coalesce";
import { commit } from "../store/commit";
import { SharedProvider } from "../store/context";
import { createModel } from "../store/model";
import { FakeHost } from "./fake-host";

// React says at the first render which steps a test left unawaited.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
afterEach(() => {
  cleanup();
  window.localStorage.clear();
});

/** Shows it; `say` tells what the host says and draws the frame. */
export function show(children: ReactNode) {
  const host = new FakeHost();
  const store = createModel();
  const frames: (() => void)[] = [];
  host.subscribe(
    coalesce(
      (batch) => {
        commit(store, host, batch);
      },
      (callback) => frames.push(callback),
    ),
  );
  const shown = render(<SharedProvider value={{ store, host }}>{children}</SharedProvider>);
  const say = (...events: HostEvent[]) => {
    act(() => {
      host.tell(...structuredClone(events));
      frames.splice(0).forEach((frame) => {
        frame();
      });
    });
  };
  return { ...shown, host, store, say };
}

/** Goes to a screen, as the rail's links do. */
export function goTo(fragment: string) {
  act(() => {
    window.location.hash = fragment;
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  });
}
