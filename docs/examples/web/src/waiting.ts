/** Asking again until something has happened elsewhere. */

const FIRST_WAIT_MILLISECONDS = 300;
const LONGEST_WAIT_MILLISECONDS = 4000;

/**
 * What `ask` answers once it is not null; asked more and more rarely, `times` times at most.
 *
 * Throws what `ask` throws, the signal's reason, and an Error after the last time.
 */
export async function waited<T>(
  ask: () => Promise<T | null>,
  { signal, times = Infinity }: { signal?: AbortSignal; times?: number },
): Promise<T> {
  let wait = FIRST_WAIT_MILLISECONDS;
  for (let asked = 0; asked < times; asked++) {
    const answer = await ask();
    if (answer !== null) return answer;
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MILLISECONDS);
  }
  throw new Error("It takes longer than expected.");
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
