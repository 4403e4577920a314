/** Web Push for the signed-in user in this browser. */

import { api } from "./api/client";
import { renewSubscription } from "./push-subscription";

export type PushState = "on" | "off" | "denied" | "unsupported";

/** Return the state of Web Push in this browser. */
export async function getPushState(): Promise<PushState> {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ? "on" : "off";
}

/** Request permission, subscribe this browser and register the subscription with the API. */
export async function turnPushOn(): Promise<PushState> {
  if ((await Notification.requestPermission()) !== "granted") return getPushState();
  await renewSubscription(await navigator.serviceWorker.ready);
  return getPushState();
}

/** Unsubscribe this browser and delete its subscription from the API. */
export async function turnPushOff(): Promise<PushState> {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (subscription) {
    await subscription.unsubscribe();
    const { endpoint } = subscription;
    await api("delete", "/v1/notifications/subscriptions", { body: { endpoint } });
  }
  return getPushState();
}
