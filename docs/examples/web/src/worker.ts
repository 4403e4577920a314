/**
 * The service worker: the shell of the app from a cache, and push messages while no page is open.
 *
 * It keeps files only. What the API answers is kept by the pages (src/kept.ts), who know whose it is.
 */

import { restore } from "./session";
import { renewSubscription } from "./subscription";

declare const self: ServiceWorkerGlobalScope;
declare const SHELL_VERSION: string;
declare const SHELL_FILES: string[];

const CACHE = `shell-${SHELL_VERSION}`;

/** What notifications sends (docs/openapi.json: PushRequest). */
interface PushMessage {
  title?: string;
  body?: string;
  url?: string;
  data?: Record<string, string>;
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
  if (event.data === "take over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return; // the API's are not ours
  if (request.mode === "navigate") event.respondWith(fromShell("/", request));
  else if (SHELL_FILES.includes(pathname)) event.respondWith(fromShell(pathname, request));
});

self.addEventListener("push", (event) => {
  const message = (event.data?.json() ?? {}) as PushMessage;
  const thread = message.data?.["conversationId"];
  // What it is about comes before the address it suggests: this app has addresses of its own.
  const url = thread ? `/messages/${thread}` : (message.url ?? "/");
  event.waitUntil(
    self.registration.showNotification(message.title ?? "Artist Booking", {
      body: message.body ?? "",
      icon: "/icon-192.png",
      badge: "/icon-192.png",
      tag: thread ?? url, // a thread has one notification: the newest takes the place of the last
      data: { url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open((event.notification.data as { url: string }).url));
});

// The browser's push service replaced the subscription, usually while no page is open.
self.addEventListener("pushsubscriptionchange", (event) => {
  (event as ExtendableEvent).waitUntil(restore().then(() => renewSubscription(self.registration)));
});

async function fromShell(path: string, request: Request): Promise<Response> {
  const cached = await (await caches.open(CACHE)).match(path);
  return cached ?? fetch(request);
}

/** Shows an address of this app: in a window that is open already, else in a new one. */
async function open(url: string): Promise<void> {
  const { href, origin } = new URL(url, self.location.origin);
  if (origin !== self.location.origin) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const window = windows.find((client) => client.focused) ?? windows[0];
  if (!window) {
    await self.clients.openWindow(href);
    return;
  }
  window.postMessage({ open: href.slice(origin.length) });
  await window.focus().catch(() => undefined); // the page is there, in front or not
}
