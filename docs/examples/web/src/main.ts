/** Entry point: restores the session, adds the layout and registers the routes. */

import "./styles/base.css";
import "./styles/layout.css";
import "./styles/pages.css";
import "./styles/conversation.css";

import { api } from "./api/client";
import { config } from "./config";
import { restrictOrigins } from "./csp";
import { registerWorker } from "./install";
import { mountLayout } from "./layout";
import { live } from "./live";
import { sendPending } from "./outbox";
import { addRoute, go, startRouter } from "./router";
import { getCurrentUser, onUserChange, restoreSession } from "./session";
import { account } from "./views/account";
import { appointments } from "./views/appointments";
import { artist } from "./views/artist";
import { artists } from "./views/artists";
import { booking } from "./views/booking";
import { conversation } from "./views/conversation";
import { conversations } from "./views/conversations";
import { forgotPassword, notMe } from "./views/passwords";
import { providerReturn } from "./views/providers";
import { signIn, signInByCode } from "./views/sign-in";
import { signUp } from "./views/sign-up";
import { social } from "./views/social";

addRoute("/", artists);
addRoute("/artists/{handle}", artist);
addRoute("/artists/{handle}/book/{serviceId}", booking);
addRoute("/appointments", appointments);
addRoute("/messages", conversations);
addRoute("/messages/{id}", conversation);
addRoute("/account", account);
addRoute("/account/social", social);
addRoute("/sign-in", signIn);
addRoute("/sign-in/code", signInByCode);
addRoute("/sign-in/with/{provider}", providerReturn);
addRoute("/forgot-password", forgotPassword);
addRoute("/not-me", notMe);
addRoute("/sign-up", signUp);

// Before any request to the API: requests wait for the configuration as well.
void config().then(
  ({ origins }) => origins && restrictOrigins(origins),
  () => undefined,
);
await restoreSession();
const layout = mountLayout();
onUserChange((user, before) => {
  if (user && before) return location.reload(); // nothing of the previous user stays on the screen
  layout.showUser(user);
  layout.showUnread(0);
  live.stop(); // the connection belongs to the previous user
  if (user) live.start();
  else go("/sign-in", { replace: true });
});
// Pending messages are sent once there is a network, whichever page is open.
addEventListener("online", () => void sendPending());
live.onState((state) => {
  // The server answered: it has a WebSocket, or says that there is none.
  if (state !== "on" && state !== "unavailable") return;
  void sendPending();
  countUnread().catch(() => undefined);
});
live.onFrame(({ event }) => {
  if (event === "message.created" || event === "conversation.read")
    countUnread().catch(() => undefined);
});
registerWorker();
layout.showUser(getCurrentUser());
if (getCurrentUser()) live.start();
await startRouter(layout.outlet, layout.showPath);

async function countUnread(): Promise<void> {
  const { total } = await api("get", "/v1/messages/unread", {});
  layout.showUnread(total);
}
