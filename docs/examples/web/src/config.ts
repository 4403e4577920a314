/** Where the API is: `/config.json`, so that one build serves every environment. */

import { read, write } from "./database";

export interface Config {
  /** URL of the API; routes are below it. */
  apiUrl: string;
  /** Names this client application; it is no secret. */
  apiKey: string;
  /** The page that shows mails and SMS of a stack on this machine. */
  inboxUrl?: string;
  /** The API's origin, its WebSocket's and the files': pages talk to no others (src/policy.ts). */
  origins?: string[];
}

const KEY = "config";
let known: Promise<Config> | undefined;

/** The configuration: from the server, or as it was when there is no network. */
export function config(): Promise<Config> {
  return (known ??= load().catch((error: unknown) => {
    known = undefined;
    throw error;
  }));
}

async function load(): Promise<Config> {
  try {
    const response = await fetch("/config.json", { cache: "no-cache" });
    if (!response.ok) throw new Error(`config.json: ${response.status}`);
    const loaded = (await response.json()) as Config;
    await write(KEY, loaded);
    return loaded;
  } catch (error) {
    const kept = await read<Config>(KEY);
    if (kept) return kept;
    throw error;
  }
}
