/** Polling with growing delays. */

const FIRST_DELAY_MILLISECONDS = 300;
const MAX_DELAY_MILLISECONDS = 4000;

/**
 * Call `attempt` at growing intervals until it returns something other than null.
 *
 * Throws the errors of `attempt`, the signal's reason, and an Error after `times` attempts.
 */
export async function poll<T>(
  attempt: () => Promise<T | null>,
  { signal, times = Infinity }: { signal?: AbortSignal; times?: number },
): Promise<T> {
  let delay = FIRST_DELAY_MILLISECONDS;
  for (let count = 0; count < times; count++) {
    const result = await attempt();
    if (result !== null) return result;
    await pause(delay, signal);
    delay = Math.min(delay * 2, MAX_DELAY_MILLISECONDS);
  }
  throw new Error("This takes longer than expected.");
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
