/** Configuration, loaded from `/config.json` so that one build works in every environment. */

import { read, write } from "./database";

export interface Config {
  /** Base URL of the API. */
  apiUrl: string;
  /** Key that identifies this client application. It is not a secret. */
  apiKey: string;
  /** Page that shows the emails and SMS of a local stack. */
  inboxUrl?: string;
  /** Origins of the API, its WebSocket and its files; pages connect to no others (src/csp.ts). */
  origins?: string[];
}

const KEY = "config";
let loading: Promise<Config> | undefined;

/** Return the configuration from the server, or the last known one while offline. */
export function config(): Promise<Config> {
  return (loading ??= load().catch((error: unknown) => {
    loading = undefined;
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
    const cached = await read<Config>(KEY);
    if (cached) return cached;
    throw error;
  }
}
