import { api } from "../../api/client";
import type { PersonDetails } from "../../api/schema";
import { h, on } from "../../dom";
import { form } from "../../forms";
import { type IconName, icon } from "../../icons";
import { install, isInstallable } from "../../install";
import { toast } from "../../layout";
import {
  LANGUAGES,
  type Language,
  type TextKey,
  chooseLanguage,
  getLanguage,
  t,
} from "../../messages";
import { turnPushOff } from "../../push";
import type { Page, Visit } from "../../router";
import { endSession, getCurrentUser } from "../../session";
import "../../styles/account.css";
import { describe, person, requireSession } from "../parts";
import { loadedSection } from "../screen";
import { avatarForm } from "./avatar";

type Entry = [path: string, name: TextKey, text: TextKey, icon: IconName];

const PAGES: Entry[] = [
  ["/account/security", "account.security", "account.securityText", "lock"],
  ["/account/notifications", "account.notifications", "account.notificationsText", "bell"],
  ["/account/data", "account.data", "account.dataText", "file"],
];
const CLIENT_PAGES: Entry[] = [
  ["/account/assistants", "account.studios", "account.studiosText", "person"],
];
const ARTIST_PAGES: Entry[] = [
  ["/account/assistants", "account.assistants", "account.assistantsText", "person"],
  ["/account/social", "account.social", "account.socialText", "globe"],
];

/** The account page: who one is, the language, and the way to all settings. */
export const account = requireSession(({ signal }: Visit): Page => {
  const user = getCurrentUser();
  const pages = [...PAGES, ...(user?.role === "artist" ? ARTIST_PAGES : CLIENT_PAGES)];
  const me = loadedSection<PersonDetails>({
    key: "my/person",
    load: () => api("get", "/v1/profiles/me", { signal }),
    render: (value) => [profile(value, () => void me.reload())],
    signal,
  });
  const content = h(
    "section",
    { class: "narrow account" },
    h("h1", {}, t("account.title")),
    me.element,
    h("ul", { class: "tiles" }, ...pages.map((page) => h("li", {}, tile(page)))),
    h("h2", {}, t("account.language")),
    languages(),
    h("h2", {}, t("account.onThisDevice")),
    h("p", { class: "muted" }, t("account.offlineText")),
    deviceActions(),
  );
  return { title: t("account.title"), content };
});

function profile(value: PersonDetails, changed: () => void): HTMLElement {
  const { userId: id, avatar } = value;
  const name = {
    name: "name",
    label: t("account.name"),
    autocomplete: "name",
    maxlength: 100,
  } as const;
  const rename = form([{ ...name, value: value.name }], t("common.save"), async (values) => {
    await api("patch", "/v1/profiles/me", { body: { name: values["name"] ?? "" } });
    toast(t("common.saved"));
    changed();
  });
  const email = h("p", { class: "muted" }, getCurrentUser()?.email ?? "");
  return h(
    "div",
    { class: "stack" },
    person({ id, name: value.name, avatar }, email),
    h(
      "details",
      {},
      h("summary", {}, t("account.editProfile")),
      avatarForm(avatar, changed),
      rename,
    ),
  );
}

function tile([path, name, text, symbol]: Entry): HTMLElement {
  return h(
    "a",
    { class: "tile", href: path },
    icon(symbol),
    h("strong", {}, t(name)),
    h("span", { class: "muted" }, t(text)),
  );
}

function languages(): HTMLElement {
  const options = Object.entries(LANGUAGES);
  const field = {
    name: "language",
    label: t("account.languageOfApp"),
    type: "select",
    options,
    value: getLanguage(),
  };
  return form([field], t("common.save"), async ({ language = "en" }) => {
    await chooseLanguage(language as Language);
    location.reload();
  });
}

function deviceActions(): HTMLElement {
  const installButton = h("button", { class: "secondary" }, t("account.install"));
  const signOut = h("button", { class: "secondary" }, t("account.signOut"));
  const everywhere = h("button", { class: "quiet" }, t("account.signOutEverywhere"));
  on(installButton, { click: () => void install() });
  on(signOut, { click: () => void leave(false) });
  on(everywhere, { click: () => void leave(true) });
  return h(
    "div",
    { class: "actions" },
    isInstallable() ? installButton : null,
    signOut,
    everywhere,
  );
}

async function leave(isEverywhere: boolean): Promise<void> {
  try {
    await turnPushOff().catch(() => undefined); // not for the next user here
    await endSession(isEverywhere);
  } catch (error) {
    toast(describe(error));
  }
}
