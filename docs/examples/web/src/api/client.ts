/** API client: requests of the signed-in user. */

import { getAccessToken } from "../session";
import { type Method, type Options, type PathOf, Problem, type Success, request } from "./http";
import type { paths } from "./schema";

/**
 * Call the API: `api("get", "/v1/appointments/{id}", { path: { id } })`.
 *
 * A rejected access token is refreshed once. Throws the errors of `request`.
 */
export async function api<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  options: Options<paths[P][M]>,
): Promise<Success<paths[P][M]>> {
  const token = await getAccessToken();
  try {
    return await request(token, method, path, options);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401 || token === null) throw error;
    return request(await getAccessToken(token), method, path, options);
  }
}
