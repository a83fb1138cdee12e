// The element of a workspace on the page.

const PREFIX = "workspace-";

/** Its id. */
export function nodeElementId(id: string): string {
  return PREFIX + id;
}

/** Gives it the keyboard. */
export function focusNode(id: string): void {
  document.getElementById(nodeElementId(id))?.focus({ preventScroll: true });
}

/** Which workspace an element stands in. */
export function workspaceAround(element: EventTarget | null): string | null {
  return element instanceof Element
    ? (element.closest("[data-workspace]")?.getAttribute("data-workspace") ?? null)
    : null;
}
