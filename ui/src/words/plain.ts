// Text of somebody else, unable to look like something that it is not. The same as the command line does.

// Control characters, except the ends of lines and tabs, and those that turn the direction of writing around.
const HIDDEN = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** The text, with a visible sign in place of each hidden character. */
export function plain(text: string): string {
  return text.replace(HIDDEN, "\ufffd");
}
