/**
 * The service worker: the shell of the app from a cache, and push messages while no page is open.
 *
 * It keeps files only. What the API answers is kept by the pages (src/kept.ts), who know whose it is.
 */

import { restore } from "./session";
import { renewSubscription } from "./subscription";
import { isTap, tap } from "./tap";

declare global {
  // Everywhere but in Safari, and not in the types of TypeScript.
  interface NotificationOptions {
    actions?: { action: string; title: string }[];
  }
}
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
  /** Buttons: what a tap on one posts to, below the API's URL. */
  actions?: { title: string; link: string }[];
}

/** What a notification keeps for the click on it. */
interface Kept {
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
  const url = address(message.data ?? {}) ?? message.url ?? "/";
  event.waitUntil(
    self.registration.showNotification(message.title ?? "Artist Booking", {
      body: message.body ?? "",
      icon: "/icon-192.png",
      badge: "/icon-192.png",
      // What it is about has one notification: the newest takes the place of the last.
      tag: message.data?.["conversationId"] ?? message.url ?? url,
      data: { url } satisfies Kept,
      actions: (message.actions ?? [])
        .filter(({ link }) => isTap(link))
        .map(({ link, title }) => ({ action: link, title })),
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  const { url } = notification.data as Kept;
  notification.close();
  event.waitUntil(isTap(action) ? sayAfter(action, notification.tag, url) : open(url));
});

// The browser's push service replaced the subscription, usually while no page is open.
self.addEventListener("pushsubscriptionchange", (event) => {
  (event as ExtendableEvent).waitUntil(restore().then(() => renewSubscription(self.registration)));
});

/** Where this app, which has addresses of its own, shows what a message is about. */
function address(data: Record<string, string>): string | undefined {
  if (data["conversationId"]) return `/messages/${data["conversationId"]}`;
  if (data["appointmentId"]) return "/appointments";
  if (data["consultationId"] || data["proposalId"]) return "/messages";
  return undefined;
}

async function fromShell(path: string, request: Request): Promise<Response> {
  const cached = await (await caches.open(CACHE)).match(path);
  return cached ?? fetch(request);
}

/** Does what a button is for, and says without a sound how it went: the click on that opens `url`. */
async function sayAfter(link: string, tag: string, url: string): Promise<void> {
  const { title, body } = await tap(link);
  const data: Kept = { url };
  const options = { body, icon: "/icon-192.png", badge: "/icon-192.png", tag, data, silent: true };
  await self.registration.showNotification(title, options);
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
