/**
 * Service worker: serves the app shell from a cache and shows push messages while no page is open.
 *
 * It caches static files only. API responses are cached by the pages (src/cache.ts), which know the
 * signed-in user.
 */

import { followLink, isOneTapLink } from "./one-tap";
import { renewSubscription } from "./push-subscription";
import { restoreSession } from "./session";

declare global {
  // Supported by all browsers but Safari, and missing in the types of TypeScript.
  interface NotificationOptions {
    actions?: { action: string; title: string }[];
  }
}
declare const self: ServiceWorkerGlobalScope;
declare const SHELL_VERSION: string;
declare const SHELL_FILES: string[];

const CACHE = `shell-${SHELL_VERSION}`;

/** Payload of a push message (`PushRequest` in docs/openapi.json). */
interface PushMessage {
  title?: string;
  body?: string;
  url?: string;
  data?: Record<string, string>;
  /** Buttons; a tap sends a POST to `link`, a path of the API. */
  actions?: { title: string; link: string }[];
}

/** Data of a notification, read when it is clicked. */
interface NotificationData {
  url: string;
}

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL_FILES)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const outdated = (await caches.keys()).filter((name) => name !== CACHE);
      await Promise.all(outdated.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "activate") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return; // not the shell
  if (request.mode === "navigate") event.respondWith(respondFromShell("/", request));
  else if (SHELL_FILES.includes(pathname)) event.respondWith(respondFromShell(pathname, request));
});

self.addEventListener("push", (event) => {
  const message = (event.data?.json() ?? {}) as PushMessage;
  const url = pathFor(message.data ?? {}) ?? message.url ?? "/";
  event.waitUntil(
    self.registration.showNotification(message.title ?? "Artist Booking", {
      body: message.body ?? "",
      icon: "/icon-192.png",
      badge: "/icon-192.png",
      // One notification per subject: a new one replaces the last.
      tag: message.data?.["conversationId"] ?? message.url ?? url,
      data: { url } satisfies NotificationData,
      actions: (message.actions ?? [])
        .filter(({ link }) => isOneTapLink(link))
        .map(({ link, title }) => ({ action: link, title })),
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  const { url } = notification.data as NotificationData;
  notification.close();
  event.waitUntil(
    isOneTapLink(action) ? executeAction(action, notification.tag, url) : openWindow(url),
  );
});

// The push service replaced the subscription, usually while no page is open.
self.addEventListener("pushsubscriptionchange", (event) => {
  (event as ExtendableEvent).waitUntil(
    restoreSession().then(() => renewSubscription(self.registration)),
  );
});

/** Return the path of the page in this app that shows the subject of a message. */
function pathFor(data: Record<string, string>): string | undefined {
  if (data["conversationId"]) return `/messages/${data["conversationId"]}`;
  if (data["appointmentId"]) return `/appointments/${data["appointmentId"]}`;
  if (data["proposalId"]) return `/proposals/${data["proposalId"]}`;
  if (data["consultationId"]) return `/consultations/${data["consultationId"]}`;
  return undefined;
}

async function respondFromShell(path: string, request: Request): Promise<Response> {
  const cached = await (await caches.open(CACHE)).match(path);
  return cached ?? fetch(request);
}

/** Follow the link of a button and show the outcome silently; a click on it opens `url`. */
async function executeAction(link: string, tag: string, url: string): Promise<void> {
  const { title, body } = await followLink(link);
  const data: NotificationData = { url };
  const options = { body, icon: "/icon-192.png", badge: "/icon-192.png", tag, data, silent: true };
  await self.registration.showNotification(title, options);
}

/** Show a page of this app in an open window, else in a new one. */
async function openWindow(url: string): Promise<void> {
  const { href, origin } = new URL(url, self.location.origin);
  if (origin !== self.location.origin) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const window = windows.find((client) => client.focused) ?? windows[0];
  if (!window) {
    await self.clients.openWindow(href);
    return;
  }
  window.postMessage({ open: href.slice(origin.length) });
  await window.focus().catch(() => undefined); // the page is shown even without the focus
}
