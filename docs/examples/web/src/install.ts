/** Installation: the service worker, its updates and the install prompt. */

import { h, on } from "./dom";
import { toast } from "./layout";
import { t } from "./messages";
import { go } from "./router";

/** The install prompt. Chromium only; other browsers offer installation in their menu. */
interface InstallPrompt extends Event {
  prompt(): Promise<void>;
}

declare const trustedTypes:
  | { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } }
  | undefined;

let deferredPrompt: InstallPrompt | null = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  deferredPrompt = event as InstallPrompt;
});

/** Return whether the browser can show the install prompt now. */
export function isInstallable(): boolean {
  return deferredPrompt !== null;
}

/** Show the browser's install prompt. */
export async function install(): Promise<void> {
  await deferredPrompt?.prompt();
  deferredPrompt = null;
}

/** Register the service worker and handle its messages and updates. */
export function registerWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const wasControlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ open: string }>) => {
    go(event.data.open); // a notification was clicked
  });
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (wasControlled) location.reload(); // a new version is active: run its files
  });
  void navigator.serviceWorker.register(workerUrl()).then((registration) => {
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => {
        if (worker.state === "installed" && wasControlled) offerUpdate(worker);
      });
    });
  });
}

function offerUpdate(worker: ServiceWorker): void {
  const button = h("button", { class: "quiet" }, t("layout.update"));
  on(button, { click: () => worker.postMessage("activate") });
  toast(t("layout.newVersion"), button);
}

/** Return the URL of the worker, allowed by Trusted Types where the browser enforces them. */
function workerUrl(): string {
  const rules = { createScriptURL: () => "/worker.js" };
  if (typeof trustedTypes === "undefined") return "/worker.js";
  return trustedTypes.createPolicy("worker", rules).createScriptURL("");
}
