/** Requests as the person who is signed in. */

import { bearer } from "../session";
import { type Answer, type Method, type Options, type PathOf, Problem, request } from "./http";
import type { paths } from "./schema";

/**
 * Calls the API: `api("get", "/v1/appointments/{id}", { path: { id } })`.
 *
 * An access token that is no longer taken is renewed, once. Throws as `request` does.
 */
export async function api<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  options: Options<paths[P][M]>,
): Promise<Answer<paths[P][M]>> {
  const token = await bearer();
  try {
    return await request(token, method, path, options);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401 || token === null) throw error;
    return request(await bearer(token), method, path, options);
  }
}
