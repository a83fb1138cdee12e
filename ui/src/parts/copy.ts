// Putting a text into the clipboard.

/** Whether it is there now. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A webview whose pages have no secure address gives no clipboard; what is selected can be copied all the same.
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const had = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way where there is no clipboard
  const done = document.execCommand("copy");
  field.remove();
  if (had instanceof HTMLElement) {
    had.focus();
  }
  return done;
}
