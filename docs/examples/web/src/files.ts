/** Files attached to messages, with valid download links. */

import { api } from "./api/client";
import { Problem } from "./api/http";
import type { FileView } from "./api/schema";
import { poll } from "./polling";
import { onUserChange } from "./session";

const ACCESS_ATTEMPTS = 6;
const cached = new Map<string, Promise<FileView>>();
onUserChange(() => cached.clear());

/**
 * Return the file by its id. Pass `refresh` if the known links failed.
 *
 * Links expire after five minutes and work for anybody who has them, so they are kept in memory
 * only. Throws the errors of `api`.
 */
export async function getFile(id: string, refresh = false): Promise<FileView> {
  const file = refresh ? undefined : await cached.get(id);
  if (file && Date.parse(file.download?.expiresAt ?? "") > Date.now()) return file;
  const loading = load(id);
  cached.set(id, loading);
  loading.catch(() => cached.delete(id));
  return loading;
}

/**
 * Load a file; retry on 404.
 *
 * The files feature learns from an event who may read a file, and the message may arrive first.
 */
async function load(id: string): Promise<FileView> {
  let notFound: Problem | null = null;
  const attempt = async (): Promise<FileView | null> => {
    try {
      return await api("get", "/v1/files/{id}", { path: { id } });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      notFound = error;
      return null;
    }
  };
  return poll(attempt, { times: ACCESS_ATTEMPTS }).catch((error: unknown) => {
    throw notFound ?? error;
  });
}
