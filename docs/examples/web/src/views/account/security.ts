import { api } from "../../api/client";
import type { AuditEntry, SecondFactors, SessionView } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { date, moment } from "../../format";
import { form } from "../../forms";
import { toast } from "../../layout";
import { type TextKey, t } from "../../messages";
import type { Page, Visit } from "../../router";
import { endSession } from "../../session";
import "../../styles/account.css";
import { backLink, describe, requireSession } from "../parts";
import { passkeys } from "../passkeys";
import { newPassword } from "../passwords";
import { linkedProviders } from "../providers";
import { loadedSection } from "../screen";
import { changeEmail } from "./email";
import { secondFactor } from "./second-factor";

const SHOWN_ACTIVITY = 20;

/** The page of how one signs in: address, password, passkeys, second factor and devices. */
export const security = requireSession(({ signal }: Visit): Page => {
  const factors = loadedSection<SecondFactors>({
    key: "my/factors",
    load: () => api("get", "/v1/auth/mfa", { signal }),
    render: (value) => [secondFactor(value, () => void factors.reload())],
    signal,
  });
  const sessions = loadedSection({
    key: "my/sessions",
    load: () => api("get", "/v1/auth/sessions", { signal }),
    render: ({ items }) => devices(items, () => void sessions.reload()),
    signal,
  });
  const activity = loadedSection({
    key: "my/activity",
    load: () => api("get", "/v1/auth/audit", { query: { limit: SHOWN_ACTIVITY }, signal }),
    render: ({ items }) => [
      h("ul", { class: "rows" }, ...items.map((entry) => h("li", {}, happened(entry)))),
    ],
    signal,
  });
  const content = h(
    "section",
    { class: "narrow account" },
    backLink("/account", t("account.title")),
    h("h1", {}, t("account.security")),
    part("account.email", changeEmail()),
    part("account.password", changePassword()),
    part("account.passkeys", later(passkeys())),
    part("account.secondFactor", factors.element),
    part("account.otherWays", later(linkedProviders())),
    part("account.devices", sessions.element),
    part("account.activity", activity.element),
  );
  return { title: t("account.security"), content };
});

function part(title: TextKey, element: HTMLElement): HTMLElement {
  return h("section", { class: "part" }, h("h2", {}, t(title)), element);
}

function later(loading: Promise<HTMLElement>): HTMLElement {
  const element = h("div", {});
  loading.then(
    (loaded) => fill(element, loaded),
    (error: unknown) => fill(element, h("p", { class: "failure" }, describe(error))),
  );
  return element;
}

function changePassword(): HTMLElement {
  const current = {
    name: "currentPassword",
    label: t("account.currentPassword"),
    type: "password",
    autocomplete: "current-password",
  } as const;
  const fields = [current, newPassword("newPassword", t("account.newPassword"))];
  const save = async (values: Record<string, string>): Promise<void> => {
    const { currentPassword = "", newPassword: chosen = "" } = values;
    await api("put", "/v1/auth/password", { body: { currentPassword, newPassword: chosen } });
    toast(t("account.passwordChanged"));
  };
  return h(
    "details",
    {},
    h("summary", {}, t("account.changePassword")),
    form(fields, t("account.changePassword"), save),
  );
}

function devices(items: SessionView[], changed: () => void): HTMLElement[] {
  const everywhere = h("button", { class: "secondary" }, t("account.signOutOthers"));
  const endOthers = async (): Promise<void> => {
    await api("delete", "/v1/auth/sessions", {});
    toast(t("account.othersSignedOut"));
    changed();
  };
  on(everywhere, { click: () => void attempt(endOthers) });
  return [
    h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, deviceRow(item, changed)))),
    ...(items.length > 1 ? [everywhere] : []),
  ];
}

function deviceRow(item: SessionView, changed: () => void): HTMLElement {
  const { id, device, network, current, lastUsedAt } = item;
  const name = t("account.signOutDevice", { device });
  const end = h("button", { class: "quiet", "aria-label": name }, t("account.signOut"));
  const endOne = async (): Promise<void> => {
    if (current) return endSession();
    await api("delete", "/v1/auth/sessions/{id}", { path: { id } });
    changed();
  };
  on(end, { click: () => void attempt(endOne) });
  const used = t("account.lastUsed", { moment: moment(lastUsedAt) });
  const details = [current ? t("account.thisDevice") : used, network].filter(Boolean);
  return h(
    "div",
    { class: "setting-row" },
    h("div", {}, h("strong", {}, device), h("p", { class: "muted" }, details.join(" · "))),
    end,
  );
}

function happened({ action, at, device, network }: AuditEntry): HTMLElement {
  const details = [date(at), device, network].filter(Boolean);
  return h(
    "div",
    {},
    h("strong", {}, t(`audit.${action}`)),
    h("p", { class: "muted" }, details.join(" · ")),
  );
}

async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    toast(describe(error));
  }
}
