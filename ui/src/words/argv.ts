// A command line as a person types it, taken apart into the program and its arguments. No shell is involved: only
// quotes and backslashes mean something.

/** The parts; null while a quote is not closed. */
export function argvOf(text: string): string[] | null {
  const parts: string[] = [];
  let part: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at);
    if (quote === null && /\s/.test(sign)) {
      if (part !== null) {
        parts.push(part);
        part = null;
      }
    } else if (sign === "\\" && quote !== "'" && at + 1 < text.length) {
      at += 1;
      part = (part ?? "") + text.charAt(at);
    } else if (quote === null && (sign === '"' || sign === "'")) {
      quote = sign;
      part ??= "";
    } else if (sign === quote) {
      quote = null;
    } else {
      part = (part ?? "") + sign;
    }
  }
  if (quote !== null) {
    return null;
  }
  return part === null ? parts : [...parts, part];
}
