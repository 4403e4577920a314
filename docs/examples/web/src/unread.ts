/** Counts of what is unread, for the badges of the navigation. */

import { api } from "./api/client";

export interface Unread {
  messages: number;
  entries: number;
}

const listeners = new Set<(unread: Unread) => void>();

/** Call `listener` with every new count. */
export function onUnread(listener: (unread: Unread) => void): void {
  listeners.add(listener);
}

/** Count the user's unread messages and unread entries of the inbox. Throws the errors of `api`. */
export async function countUnread(): Promise<void> {
  const [messages, entries] = await Promise.all([
    api("get", "/v1/messages/unread", {}),
    api("get", "/v1/notifications/inbox/unread", {}),
  ]);
  listeners.forEach((listener) => listener({ messages: messages.total, entries: entries.total }));
}
