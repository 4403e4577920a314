import { fill, h, on } from "../dom";
import { toast } from "../frame";
import { install, isInstallable } from "../install";
import { pushState, turnPushOff, turnPushOn } from "../push";
import type { Page } from "../router";
import { currentUser, end } from "../session";
import { signedIn } from "./parts";

/** Who is signed in, notifications on this device, installing, and signing out. */
export const account = signedIn((): Page => {
  const user = currentUser();
  const push = h("div", { class: "setting" });
  void showPush(push);
  const installing = on(h("button", { class: "secondary" }, "Install the app"), {
    click: () => void install(),
  });
  const out = on(h("button", { class: "secondary" }, "Sign out"), {
    click: () => void leave(false),
  });
  const everywhere = on(h("button", { class: "quiet" }, "Sign out on all devices"), {
    click: () => void leave(true),
  });
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, user?.name ?? ""),
    h("p", { class: "muted" }, user?.email),
    h("h2", {}, "Notifications"),
    push,
    h("h2", {}, "On this device"),
    h("p", {}, "What you have read stays readable without a network, until you sign out."),
    h("div", { class: "actions" }, isInstallable() ? installing : null, out, everywhere),
  );
  return { title: "Account", content };
});

async function showPush(element: HTMLElement): Promise<void> {
  const state = await pushState();
  const button = h("button", { class: "secondary" }, state === "on" ? "Turn off" : "Turn on");
  const change = async (): Promise<void> => {
    button.disabled = true;
    try {
      await (state === "on" ? turnPushOff() : turnPushOn());
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error));
    }
    await showPush(element);
  };
  on(button, { click: () => void change() });
  const texts = {
    on: "New messages are shown on this device, also while the app is closed.",
    off: "Be told of new messages, also while the app is closed.",
    denied:
      "Your browser was told not to show notifications of this site: allow them in its settings.",
    impossible: "This browser shows no notifications of sites.",
  };
  const canChange = state === "on" || state === "off";
  fill(element, h("p", { role: "status" }, texts[state]), canChange ? button : null);
}

async function leave(everywhere: boolean): Promise<void> {
  try {
    await turnPushOff().catch(() => undefined); // the next person here must not be told
    await end(everywhere);
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
  }
}
