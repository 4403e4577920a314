/** Starts the app: who is signed in, the frame around all pages, and which page is where. */

import "./styles/base.css";
import "./styles/frame.css";
import "./styles/pages.css";
import "./styles/thread.css";

import { api } from "./api/client";
import { config } from "./config";
import { mountFrame } from "./frame";
import { registerWorker } from "./install";
import { live } from "./live";
import { sendPending } from "./outbox";
import { narrow } from "./policy";
import { go, route, start } from "./router";
import { currentUser, onUser, restore } from "./session";
import { account } from "./views/account";
import { appointments } from "./views/appointments";
import { artist } from "./views/artist";
import { artists } from "./views/artists";
import { booking } from "./views/booking";
import { conversations } from "./views/conversations";
import { signIn } from "./views/sign-in";
import { signUp } from "./views/sign-up";
import { thread } from "./views/thread";

route("/", artists);
route("/artists/{handle}", artist);
route("/artists/{handle}/book/{serviceId}", booking);
route("/appointments", appointments);
route("/messages", conversations);
route("/messages/{id}", thread);
route("/account", account);
route("/sign-in", signIn);
route("/sign-up", signUp);

// Before any request to the API, as those wait for the same.
void config().then(
  ({ origins }) => origins && narrow(origins),
  () => undefined,
);
await restore();
const frame = mountFrame();
onUser((user, before) => {
  if (user && before) return location.reload(); // nothing of the other's stays on the screen
  frame.show(user);
  frame.showUnread(0);
  live.stop(); // it was somebody else's
  if (user) live.start();
  else go("/sign-in", { replace: true });
});
// Whatever waits is sent as soon as there is a network, whichever page is open.
addEventListener("online", () => void sendPending());
live.onState((state) => {
  if (state !== "on") return;
  void sendPending();
  countUnread().catch(() => undefined);
});
live.onFrame(({ event }) => {
  if (event === "message.created" || event === "conversation.read")
    countUnread().catch(() => undefined);
});
registerWorker();
frame.show(currentUser());
if (currentUser()) live.start();
await start(frame.outlet, frame.showPath);

async function countUnread(): Promise<void> {
  const { total } = await api("get", "/v1/messages/unread", {});
  frame.showUnread(total);
}
