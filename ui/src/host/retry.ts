// How long to wait before the next try to reach the host.

/** The bound of the first wait, in milliseconds: a host that restarts is back within a second. */
const FIRST = 250;
/** The longest wait, in milliseconds: the host is on this machine, so asking costs nothing. */
const MAX = 5_000;

/** The wait before try `attempt` (from 0), in milliseconds: full jitter below a bound that doubles. */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(MAX, FIRST * 2 ** attempt);
}

/** Waits, or less when the signal ends it. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
    if (signal.aborted) {
      done();
    }
  });
}
