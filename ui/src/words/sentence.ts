// The host's texts are written to stand in a line of a log or a terminal; on their own they are sentences.

/** Names that are written small wherever they stand. */
const SMALL = ["cloudflared", "ngrok", "ligand"];

/** The text with a capital at its beginning, where that is a word and no address or name, and a full stop at its end. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const [first] = /^\p{L}[\p{L}'’-]*(?=[\s,;:.!?…]|$)(?!:\/\/|\.\S)/u.exec(trimmed) ?? [];
  const isWord = first !== undefined && !SMALL.includes(first);
  const begun = isWord ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…]$/.test(begun) || begun === "" ? begun : `${begun}.`;
}
