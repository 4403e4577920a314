/**
 * Session: the signed-in user and the two tokens.
 *
 * The access token (15 minutes) is kept in memory only. The refresh token (90 days at most) is
 * stored in IndexedDB: the API is another origin and sets no cookies, so the token must survive a
 * reload, and the service worker needs it to renew a push subscription while no page is open. An
 * injected script could read it there. The policy in index.html prevents such scripts: only our own
 * files run, and no text becomes markup. A stolen token is of little use, because its use by two
 * parties ends the session (docs/adr/0042).
 */

import { Problem, request } from "./api/http";
import type { Tokens, User } from "./api/schema";
import { read, remove, write } from "./database";

interface StoredSession {
  user: User;
  refreshToken: string;
}

interface AccessToken {
  token: string;
  /** Milliseconds since the epoch, by this device's clock. */
  freshUntil: number;
}

const KEY = "my/session";
const MARGIN_SECONDS = 30;

let user: User | null = null;
let access: AccessToken | null = null;
const listeners = new Set<(user: User | null, before: User | null) => void>();
// Share fresh access tokens and sign-outs with all tabs.
const tabs = new BroadcastChannel("session");
tabs.onmessage = (event: MessageEvent<{ user: User | null; access: AccessToken | null }>) => {
  access = event.data.access;
  setUser(event.data.user);
};

/** Return the user who is signed in on this device, also while offline. */
export function getCurrentUser(): User | null {
  return user;
}

/** Call `listener` whenever another user, or nobody, is signed in, in any tab. */
export function onUserChange(listener: (user: User | null, before: User | null) => void): void {
  listeners.add(listener);
}

/** Restore the session stored on this device, if any. Sends no request. */
export async function restoreSession(): Promise<void> {
  setUser((await read<StoredSession>(KEY))?.user ?? null);
}

/** Start a session with the tokens of a login. */
export async function startSession(tokens: Tokens): Promise<void> {
  await remove("my/");
  await saveTokens(tokens);
}

/** Go on with the tokens of a step-up, which are of the same session and user. */
export async function continueSession(tokens: Tokens): Promise<void> {
  await saveTokens(tokens);
}

/**
 * End the session on this device, or `everywhere`, and delete the data stored for offline reading.
 *
 * Throws the errors of `request` for `everywhere` only; on this device it works without a network.
 */
export async function endSession(everywhere = false): Promise<void> {
  try {
    const token = await getAccessToken();
    if (token) await request(token, "post", "/v1/auth/logout", { query: { everywhere } });
  } catch (error) {
    if (everywhere) throw error;
  }
  await clearSession();
}

/**
 * Return a valid access token, or null if nobody is signed in.
 *
 * Pass the token that the API has `refused`, if any, to get another. Tokens are refreshed by one
 * tab at a time: the lock makes tabs and requests queue, and those behind the first find its token.
 */
export async function getAccessToken(refused?: string): Promise<string | null> {
  if (!user) return null;
  const cached = freshToken(refused);
  if (cached) return cached;
  return navigator.locks.request("session", () => freshToken(refused) ?? refreshTokens());
}

/** Return the access token in memory if it is neither refused nor about to expire. */
function freshToken(refused: string | undefined): string | null {
  if (!access || access.token === refused || Date.now() >= access.freshUntil) return null;
  return access.token;
}

async function refreshTokens(): Promise<string | null> {
  const stored = await read<StoredSession>(KEY);
  if (!stored) return null;
  try {
    const { refreshToken } = stored;
    const body = { refreshToken };
    return await saveTokens(await request(null, "post", "/v1/auth/refresh", { body }));
  } catch (error) {
    // Without a network the session stays: the user can still read what is stored.
    if (error instanceof Problem && error.status === 401) await clearSession();
    throw error;
  }
}

async function saveTokens(tokens: Tokens): Promise<string> {
  await write(KEY, {
    user: tokens.user,
    refreshToken: tokens.refreshToken,
  } satisfies StoredSession);
  const lifetime = (tokens.expiresIn - MARGIN_SECONDS) * 1000;
  access = { token: tokens.accessToken, freshUntil: Date.now() + lifetime };
  tabs.postMessage({ user: tokens.user, access });
  setUser(tokens.user);
  return tokens.accessToken;
}

async function clearSession(): Promise<void> {
  await remove("my/");
  access = null;
  tabs.postMessage({ user: null, access });
  setUser(null);
}

/** Set the user and notify the listeners if it is another one. */
function setUser(next: User | null): void {
  const before = user;
  user = next;
  if (next?.id !== before?.id) listeners.forEach((listener) => listener(next, before));
}
