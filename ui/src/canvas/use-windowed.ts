// Which rows of a long list have elements: those in sight and some around them. A short list has them all.

import { useEffect, useState, type RefObject } from "react";

/** The height of a row in pixels, as in `org-list.css`. */
const HEIGHT = 36;
/** Up to so many rows all have elements. */
const ALL = 300;
/** So many more above and below than are in sight. */
const MORE = 20;
/** Scrolling is looked at in steps of so many rows. */
const STEP = 10;

/** The rows from `first` on, `count` of them. */
export function useWindowed(
  box: RefObject<HTMLElement | null>,
  rows: number,
): { first: number; count: number; height: number } {
  const [top, setTop] = useState(0);
  const [seen, setSeen] = useState(40);
  const windowed = rows > ALL;
  useEffect(() => {
    const element = box.current;
    if (!element || !windowed) {
      return undefined;
    }
    const look = () => {
      setTop(Math.floor(element.scrollTop / HEIGHT / STEP) * STEP);
      setSeen(Math.ceil(element.clientHeight / HEIGHT));
    };
    look();
    const size = new ResizeObserver(look);
    size.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      size.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [box, windowed]);
  if (!windowed) {
    return { first: 0, count: rows, height: HEIGHT };
  }
  const first = Math.max(0, Math.min(top - MORE, rows - seen - MORE));
  return { first, count: seen + STEP + 2 * MORE, height: HEIGHT };
}
