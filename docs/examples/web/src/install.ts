/** What makes it an app: the service worker, its updates, and being installed. */

import { h, on } from "./dom";
import { toast } from "./frame";
import { go } from "./router";

/** The browser's offer to install; Chromium only, elsewhere it is in the browser's menu. */
interface InstallOffer extends Event {
  prompt(): Promise<void>;
}

declare const trustedTypes:
  | { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } }
  | undefined;

let offer: InstallOffer | null = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event as InstallOffer;
});

/** Whether the browser offers to install the app now. */
export function isInstallable(): boolean {
  return offer !== null;
}

/** Lets the person take the browser's offer. */
export async function install(): Promise<void> {
  await offer?.prompt();
  offer = null;
}

/** Registers the service worker, and follows what it says. */
export function registerWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const wasControlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ open: string }>) => {
    go(event.data.open); // a notification was clicked
  });
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (wasControlled) location.reload(); // a new version took over: its files are the ones to run
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
  const button = h("button", { class: "quiet" }, "Update");
  on(button, { click: () => worker.postMessage("take over") });
  toast("A new version is ready.", button);
}

/** Where scripts are checked (Trusted Types) this one address is allowed, and no other. */
function workerUrl(): string {
  const rules = { createScriptURL: () => "/worker.js" };
  if (typeof trustedTypes === "undefined") return "/worker.js";
  return trustedTypes.createPolicy("worker", rules).createScriptURL("");
}
