// Structural sharing: what did not change stays the same object, so that a component that selects it does not render
// again. For plain JSON data.

/** `next`, with every part that equals the one of `previous` replaced by it. */
export function share<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) {
    return next;
  }
  if (Array.isArray(previous) && Array.isArray(next)) {
    const shared = next.map((item: unknown, at) => share<unknown>(previous[at], item));
    const same = previous.length === shared.length && shared.every((item, at) => item === previous[at]);
    return (same ? previous : shared) as T;
  }
  if (isRecord(previous) && isRecord(next)) {
    const entries = Object.entries(next).map(([key, value]) => [key, share(previous[key], value)] as const);
    const same =
      Object.keys(previous).length === entries.length &&
      entries.every(([key, value]) => key in previous && value === previous[key]);
    return (same ? previous : Object.fromEntries(entries)) as T;
  }
  return next;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
