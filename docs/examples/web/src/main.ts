/** Entry point: loads texts and session, adds the layout and registers the routes. */

import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/pages.css";
import "./styles/conversation.css";

import { config } from "./config";
import { restrictOrigins } from "./csp";
import { registerWorker } from "./install";
import { mountLayout } from "./layout";
import { live } from "./live";
import { loadTexts } from "./messages";
import { sendPending } from "./outbox";
import { go, startRouter } from "./router";
import { addRoutes } from "./routes";
import { getCurrentUser, onUserChange, restoreSession } from "./session";
import { countUnread, onUnread } from "./unread";
import { failurePage, notFoundPage } from "./views/parts";

addRoutes();

// Before any request to the API: requests wait for the configuration as well.
void config().then(
  ({ origins }) => origins && restrictOrigins(origins),
  () => undefined,
);
await Promise.all([loadTexts(), restoreSession()]);
const layout = mountLayout();
onUserChange((user, before) => {
  if (user && before) return location.reload(); // nothing of the previous user stays on the screen
  layout.showUser(user);
  layout.showUnread({ messages: 0, entries: 0 });
  live.stop(); // the connection belongs to the previous user
  if (user) live.start();
  else go("/sign-in", { replace: true });
});
// Pending messages are sent once there is a network, whichever page is open.
addEventListener("online", () => void sendPending());
onUnread(layout.showUnread);
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
await startRouter(layout.outlet, layout.showPath, { missing: notFoundPage, failed: failurePage });
