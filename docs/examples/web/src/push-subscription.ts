/** Push subscription of this browser, renewed by pages and by the service worker. */

import { api } from "./api/client";

/** Subscribe with the browser's push service and register the subscription with the API. */
export async function renewSubscription(registration: ServiceWorkerRegistration): Promise<void> {
  const { publicKey } = await api("get", "/v1/notifications/vapid-public-key", {});
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  await api("post", "/v1/notifications/subscriptions", {
    body: {
      endpoint: endpoint ?? "",
      keys: { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" },
    },
  });
}
