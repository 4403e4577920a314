/**
 * Who is signed in, and the two tokens of that.
 *
 * The access token (15 minutes) lives in memory only. The refresh token (30 days) lies in
 * IndexedDB: the API is another origin without cookies, so it must be somewhere that survives a
 * reload, and the service worker needs it to renew a push subscription while no page is open. A
 * script of somebody else could read it there, as it could read anything a page can. So there is no
 * such script: the policy in index.html lets only our own files run and turns no text into markup.
 * A copied token does not last either: each works once, and its second use ends the session
 * (docs/adr/0003).
 */

import { Problem, request } from "./api/http";
import type { Tokens, User } from "./api/schema";
import { forget, read, write } from "./database";

interface Kept {
  user: User;
  refreshToken: string;
}

interface Access {
  token: string;
  /** By this device's clock, in milliseconds. */
  freshUntil: number;
}

const KEY = "my/session";
const MARGIN_SECONDS = 30;

let user: User | null = null;
let access: Access | null = null;
const listeners = new Set<(user: User | null, before: User | null) => void>();
// What one tab learns, all know: a fresh access token, or that somebody signed out.
const tabs = new BroadcastChannel("session");
tabs.onmessage = (event: MessageEvent<{ user: User | null; access: Access | null }>) => {
  access = event.data.access;
  become(event.data.user);
};

/** The person who is signed in on this device, also while it is offline. */
export function currentUser(): User | null {
  return user;
}

/** Calls `listener` whenever somebody else is signed in than `before`, in whichever tab. */
export function onUser(listener: (user: User | null, before: User | null) => void): void {
  listeners.add(listener);
}

/** Finds the session that this device keeps, if any. No request. */
export async function restore(): Promise<void> {
  become((await read<Kept>(KEY))?.user ?? null);
}

/** Begins a session with the tokens of a login. */
export async function begin(tokens: Tokens): Promise<void> {
  await forget("my/");
  await keep(tokens);
}

/**
 * Ends the session: on this device, or `everywhere`. What was kept for offline reading goes.
 *
 * On this device it ends without a network too; throws as `request` does for `everywhere` only.
 */
export async function end(everywhere = false): Promise<void> {
  try {
    const token = await bearer();
    if (token) await request(token, "post", "/v1/auth/logout", { query: { everywhere } });
  } catch (error) {
    if (everywhere) throw error;
  }
  await leave();
}

/**
 * An access token that works, or null for nobody. `refused`: one that did not.
 *
 * One exchange at a time, whatever number of tabs and requests wait for it: the lock makes them
 * queue, and who comes second finds the token that the first one shared.
 */
export async function bearer(refused?: string): Promise<string | null> {
  if (!user) return null;
  return fresh(refused) ?? navigator.locks.request("session", () => fresh(refused) ?? exchange());
}

function fresh(refused: string | undefined): string | null {
  if (!access || access.token === refused || Date.now() >= access.freshUntil) return null;
  return access.token;
}

async function exchange(): Promise<string | null> {
  const kept = await read<Kept>(KEY);
  if (!kept) return null;
  try {
    const { refreshToken } = kept;
    const body = { refreshToken };
    return await keep(await request(null, "post", "/v1/auth/refresh", { body }));
  } catch (error) {
    // No network ends no session: who is offline stays signed in and reads what is kept.
    if (error instanceof Problem && error.status === 401) await leave();
    throw error;
  }
}

async function keep(tokens: Tokens): Promise<string> {
  await write(KEY, { user: tokens.user, refreshToken: tokens.refreshToken } satisfies Kept);
  const lasts = (tokens.expiresIn - MARGIN_SECONDS) * 1000;
  access = { token: tokens.accessToken, freshUntil: Date.now() + lasts };
  tabs.postMessage({ user: tokens.user, access });
  become(tokens.user);
  return tokens.accessToken;
}

async function leave(): Promise<void> {
  await forget("my/");
  access = null;
  tabs.postMessage({ user: null, access });
  become(null);
}

function become(next: User | null): void {
  const before = user;
  user = next;
  if (next?.id !== before?.id) listeners.forEach((listener) => listener(next, before));
}
