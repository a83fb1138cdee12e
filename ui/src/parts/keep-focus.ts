// The keyboard while something is asked for: a button that is switched off meanwhile loses it, and whoever uses no mouse
// would have to come all the way again.

/** How often it is tried, and with how many milliseconds in between: what is drawn anew is there after one or two. */
const TRIES = 10;
const PAUSE = 20;

/** Does it, and then gives the keyboard back to what had it, unless it is elsewhere by then. */
export async function keepingFocus<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  const had = document.activeElement;
  try {
    return await work();
  } finally {
    if (had instanceof HTMLElement) {
      giveBack(had, TRIES);
    }
  }
}

/** It takes the keyboard only once it is drawn as switched on again. */
function giveBack(had: HTMLElement, tries: number) {
  // By then the page may be gone, and its element is not.
  const page = had.ownerDocument;
  setTimeout(() => {
    const isFree = page.activeElement === null || page.activeElement === page.body;
    if (!had.isConnected || !isFree) {
      return;
    }
    had.focus();
    if (page.activeElement !== had && tries > 1) {
      giveBack(had, tries - 1);
    }
  }, PAUSE);
}
