/** Files of the API that need the user's token, so that no plain link leads to them. */

import { config } from "./config";
import { h } from "./dom";
import { getAccessToken } from "./session";

/** Load a file and let the browser save it under a name. Throws an Error if it is refused. */
export async function authorizedFile(path: string, name: string): Promise<void> {
  const { apiUrl, apiKey } = await config();
  const token = await getAccessToken();
  const headers = { "x-api-key": apiKey, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(apiUrl + path, { headers });
  if (!response.ok) throw new Error(response.statusText || String(response.status));
  const url = URL.createObjectURL(await response.blob());
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
