/** Web Push: this browser takes messages for the person who is signed in. */

import { api } from "./api/client";
import { renewSubscription } from "./subscription";

export type PushState = "on" | "off" | "denied" | "impossible";

/** How it stands here. */
export async function pushState(): Promise<PushState> {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) return "impossible";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ? "on" : "off";
}

/** Asks the person, then the browser, then tells the API. */
export async function turnPushOn(): Promise<PushState> {
  if ((await Notification.requestPermission()) !== "granted") return pushState();
  await renewSubscription(await navigator.serviceWorker.ready);
  return pushState();
}

/** No messages for this person here any more. */
export async function turnPushOff(): Promise<PushState> {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (subscription) {
    await subscription.unsubscribe();
    const { endpoint } = subscription;
    await api("delete", "/v1/notifications/subscriptions", { body: { endpoint } });
  }
  return pushState();
}
