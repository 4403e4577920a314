/**
 * Messages that are written and not sent yet. They lie in IndexedDB until the API has them, so a
 * closed tab or a tunnel loses none. Each has an id of its own, made here: sending it again posts
 * nothing, so when in doubt it is sent again.
 */

import { api } from "./api/client";
import { Problem } from "./api/http";
import type { MessageView } from "./api/schema";
import { forget, readAll, write } from "./database";

export interface Pending {
  conversationId: string;
  clientMessageId: string;
  content: string;
  createdAt: string;
  /** Why the API refused it; it waits for the person then, not for the network. */
  refused: string | null;
}

interface Change {
  conversationId: string;
  /** What became of it, where it was sent. */
  message: MessageView | null;
}

const PREFIX = "my/outbox/";
const RETRY_SECONDS = 5;

let next: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<(change: Change) => void>();
const tabs = new BroadcastChannel("outbox");
tabs.onmessage = (event: MessageEvent<Change>) => listeners.forEach((tell) => tell(event.data));

/** Calls `listener` when something of a conversation waits, is sent or is refused, in any tab. */
export function onOutbox(listener: (change: Change) => void, signal: AbortSignal): void {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

/** What waits in a conversation, oldest first. */
export async function pendingIn(conversationId: string): Promise<Pending[]> {
  const all = await readAll<Pending>(PREFIX);
  return all.filter((pending) => pending.conversationId === conversationId);
}

/** Puts a message in; it is sent as soon as that is possible. */
export async function post(conversationId: string, content: string): Promise<void> {
  const clientMessageId = crypto.randomUUID();
  const createdAt = new Date().toISOString();
  await keep({ conversationId, clientMessageId, content, createdAt, refused: null });
  void sendPending();
}

/** Tries a refused message once more. */
export async function retry(pending: Pending): Promise<void> {
  await keep({ ...pending, refused: null });
  void sendPending();
}

/** Takes a message out. */
export async function discard(pending: Pending): Promise<void> {
  await forget(key(pending));
  tell({ conversationId: pending.conversationId, message: null });
}

/** Sends what waits, in its order. One tab at a time does. */
export async function sendPending(): Promise<void> {
  await navigator.locks.request("outbox", async () => {
    if (!navigator.onLine) return; // "online" calls again
    for (const pending of await readAll<Pending>(PREFIX)) {
      if (pending.refused === null && !(await send(pending))) return;
    }
  });
}

/** Whether to go on with the next. */
async function send(pending: Pending): Promise<boolean> {
  const { conversationId, clientMessageId, content } = pending;
  try {
    const message = await api("post", "/v1/messages/conversations/{id}/messages", {
      path: { id: conversationId },
      body: { clientMessageId, type: "text", content },
    });
    await forget(key(pending));
    tell({ conversationId, message });
    return true;
  } catch (error) {
    const isLasting = error instanceof Problem && error.status < 500 && error.status !== 429;
    if (!isLasting) {
      const after = error instanceof Problem ? error.retryAfterSeconds : null;
      clearTimeout(next);
      next = setTimeout(() => void sendPending(), (after ?? RETRY_SECONDS) * 1000);
      return false; // it stays; without a network it goes out when there is one
    }
    await keep({ ...pending, refused: error.message });
    return true;
  }
}

async function keep(pending: Pending): Promise<void> {
  await write(key(pending), pending);
  tell({ conversationId: pending.conversationId, message: null });
}

/** By the time it was written: that is the order in which it is sent. */
function key({ createdAt, clientMessageId }: Pending): string {
  return `${PREFIX}${createdAt} ${clientMessageId}`;
}

function tell(change: Change): void {
  listeners.forEach((listener) => listener(change));
  tabs.postMessage(change);
}
