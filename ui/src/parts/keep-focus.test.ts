// Where the keyboard is after something was asked for.

import { afterEach, expect, it } from "vitest";

import { keepingFocus } from "./keep-focus";

const button = () => document.body.appendChild(document.createElement("button"));
const soon = () => new Promise((resolve) => setTimeout(resolve, 100));

afterEach(() => {
  document.body.replaceChildren();
});

it("is where it was, though the button was switched off meanwhile, and also when that failed", async () => {
  const asks = button();
  for (const end of [() => Promise.resolve(), () => Promise.reject(new Error("no"))]) {
    asks.focus();
    await keepingFocus(() => {
      asks.blur();
      return end();
    }).catch(() => undefined);
    await soon();
    expect(document.activeElement).toBe(asks);
  }
});

it("stays elsewhere where somebody has gone on, or what had it is gone", async () => {
  const [asks, other] = [button(), button()];
  asks.focus();
  await keepingFocus(() => {
    other.focus();
    return Promise.resolve();
  });
  await soon();
  expect(document.activeElement).toBe(other);
  await keepingFocus(() => {
    other.remove();
    return Promise.resolve();
  });
  await soon();
  expect(document.activeElement).toBe(document.body);
});
