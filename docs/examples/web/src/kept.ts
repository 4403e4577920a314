/** Reading that also works offline: what is kept is shown at once, then what the network says. */

import { Unreachable } from "./api/http";
import { read, write } from "./database";

export interface Source {
  /** No network: this is how it was when it was read last. */
  offline: boolean;
}

/**
 * Shows what `load` answers under `key`: the last known answer first, the new one when it comes.
 *
 * Keys of what only this person may see begin with `my/`, so that signing out forgets them. Throws
 * what `load` throws, except Unreachable where something is kept.
 */
export async function show<T>(
  key: string,
  load: () => Promise<T>,
  render: (value: T, source: Source) => void,
): Promise<void> {
  const loading = load();
  loading.catch(() => undefined); // waited for below; until then its failure is nobody's
  const kept = await read<T>(key);
  if (kept !== undefined) render(kept, { offline: false });
  try {
    const loaded = await loading;
    await write(key, loaded);
    if (JSON.stringify(loaded) !== JSON.stringify(kept)) render(loaded, { offline: false });
  } catch (error) {
    if (!(error instanceof Unreachable) || kept === undefined) throw error;
    render(kept, { offline: true });
  }
}
