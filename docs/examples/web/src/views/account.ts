import { api } from "../api/client";
import { fill, h, on } from "../dom";
import { form } from "../forms";
import { install, isInstallable } from "../install";
import { toast } from "../layout";
import { getPushState, turnPushOff, turnPushOn } from "../push";
import type { Page } from "../router";
import { endSession, getCurrentUser } from "../session";
import { requireSession } from "./parts";
import { newPassword } from "./passwords";
import { passkeys } from "./passkeys";
import { linkedProviders } from "./providers";

/** The account page: notifications on this device, installing the app and signing out. */
export const account = requireSession((): Page => {
  const user = getCurrentUser();
  const push = h("div", { class: "setting" });
  void showPush(push);
  const providers = h("div", {});
  void linkedProviders().then(
    (element) => fill(providers, element),
    () => undefined,
  );
  const keys = h("div", {});
  void passkeys().then(
    (element) => fill(keys, element),
    () => undefined,
  );
  const installButton = on(h("button", { class: "secondary" }, "Install the app"), {
    click: () => void install(),
  });
  const signOut = on(h("button", { class: "secondary" }, "Sign out"), {
    click: () => void leave(false),
  });
  const signOutEverywhere = on(h("button", { class: "quiet" }, "Sign out on all devices"), {
    click: () => void leave(true),
  });
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, user?.name ?? ""),
    h("p", { class: "muted" }, user?.email),
    h("h2", {}, "Notifications"),
    push,
    h("h2", {}, "Password"),
    changePassword(),
    h("h2", {}, "Passkeys"),
    keys,
    h("h2", {}, "Other ways to sign in"),
    providers,
    user?.role === "artist" ? h("h2", {}, "Instagram, Facebook and Google") : null,
    user?.role === "artist"
      ? h("p", {}, h("a", { href: "/account/social" }, "Connected accounts"))
      : null,
    h("h2", {}, "On this device"),
    h("p", {}, "Pages you have opened stay available offline until you sign out."),
    h(
      "div",
      { class: "actions" },
      isInstallable() ? installButton : null,
      signOut,
      signOutEverywhere,
    ),
  );
  return { title: "Account", content };
});

function changePassword(): HTMLElement {
  const current = {
    name: "currentPassword",
    label: "Current password",
    type: "password",
    autocomplete: "current-password",
  } as const;
  const fields = [current, newPassword("newPassword", "New password")];
  return form(
    fields,
    "Change password",
    async ({ currentPassword = "", newPassword: chosen = "" }) => {
      const body = { currentPassword, newPassword: chosen };
      await api("put", "/v1/auth/password", { body });
      toast("Your password is changed. All other devices are signed out.");
    },
  );
}

async function showPush(element: HTMLElement): Promise<void> {
  const state = await getPushState();
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
    on: "This device shows new messages even while the app is closed.",
    off: "Get notified of new messages even while the app is closed.",
    denied: "Notifications of this site are blocked. Allow them in the settings of your browser.",
    unsupported: "This browser does not support notifications.",
  };
  const canChange = state === "on" || state === "off";
  fill(element, h("p", { role: "status" }, texts[state]), canChange ? button : null);
}

async function leave(everywhere: boolean): Promise<void> {
  try {
    await turnPushOff().catch(() => undefined); // not for the next user here
    await endSession(everywhere);
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
  }
}
