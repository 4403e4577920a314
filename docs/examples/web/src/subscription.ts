/** The subscription of this browser with its push service; pages and the service worker renew it. */

import { api } from "./api/client";

/** Gets a subscription from the browser and leaves it with the API. */
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
