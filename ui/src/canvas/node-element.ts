// The element of a workspace on the page.

const PREFIX = "workspace-";

/** Its id. */
export function nodeElementId(id: string): string {
  return PREFIX + id;
}

/** Which workspace an element stands in. */
export function workspaceAround(element: EventTarget | null): string | null {
  return element instanceof Element
    ? (element.closest("[data-workspace]")?.getAttribute("data-workspace") ?? null)
    : null;
}
