/** Offline reading: show the cached response at once, then the one from the network. */

import { Unreachable } from "./api/http";
import { read, write } from "./database";

export interface Source {
  /** True if there is no network and this is the last known response. */
  offline: boolean;
}

/**
 * Render the response cached under `key`, then the result of `load` if it differs.
 *
 * Keys of private data begin with `my/`, so that signing out deletes them. Throws the errors of
 * `load`, except Unreachable if there is a cached response.
 */
export async function showCached<T>(
  key: string,
  load: () => Promise<T>,
  render: (value: T, source: Source) => void,
): Promise<void> {
  const loading = load();
  loading.catch(() => undefined); // awaited below; avoids an unhandled rejection
  const cached = await read<T>(key);
  if (cached !== undefined) render(cached, { offline: false });
  try {
    const loaded = await loading;
    await write(key, loaded);
    if (JSON.stringify(loaded) !== JSON.stringify(cached)) render(loaded, { offline: false });
  } catch (error) {
    if (!(error instanceof Unreachable) || cached === undefined) throw error;
    render(cached, { offline: true });
  }
}
