/** The files of messages, with links that are still good. */

import { api } from "./api/client";
import { Problem } from "./api/http";
import type { FileView } from "./api/schema";
import { onUser } from "./session";
import { waited } from "./waiting";

const HEARD_AFTER_TIMES = 6;
const known = new Map<string, Promise<FileView>>();
onUser(() => known.clear());

/**
 * A file by its id. `anew`: the links that are known do not work. Links last five minutes and work
 * for whoever has them, so they are kept in memory only. Throws as `api` does.
 */
export async function fileOf(id: string, anew = false): Promise<FileView> {
  const file = anew ? undefined : await known.get(id);
  if (file && Date.parse(file.download?.expiresAt ?? "") > Date.now()) return file;
  const asked = ask(id);
  known.set(id, asked);
  asked.catch(() => known.delete(id));
  return asked;
}

/** The files feature hears by an event who may read what, which may come after the message. */
async function ask(id: string): Promise<FileView> {
  let unheard: Problem | null = null;
  const load = async (): Promise<FileView | null> => {
    try {
      return await api("get", "/v1/files/{id}", { path: { id } });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      unheard = error;
      return null;
    }
  };
  return waited(load, { times: HEARD_AFTER_TIMES }).catch((error: unknown) => {
    throw unheard ?? error;
  });
}
