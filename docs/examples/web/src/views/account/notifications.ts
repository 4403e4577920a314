import { api } from "../../api/client";
import type { ContactDetails, PreferencesDetails, PreferencesRequest } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { localZone, moment } from "../../format";
import { type Field, fieldRow, form } from "../../forms";
import { toast } from "../../layout";
import { LANGUAGES, t } from "../../messages";
import { getPushState, turnPushOff, turnPushOn } from "../../push";
import type { Page, Visit } from "../../router";
import "../../styles/account.css";
import { backLink, describe, requireSession } from "../parts";
import { loadedSection } from "../screen";
import { channelTable, readChannels } from "./channels";
import { contact } from "./contact";

const MUTES = { hour: 1, day: 24, week: 7 * 24 } as const;
const HOUR_MILLISECONDS = 3_600_000;

/** The page of notifications: this device, channels, quiet hours, digests and addresses. */
export const notifications = requireSession(({ signal }: Visit): Page => {
  const push = h("div", { class: "setting" });
  void showPush(push);
  const settings = loadedSection<PreferencesDetails>({
    key: "my/preferences",
    load: () => api("get", "/v1/notifications/preferences", { signal }),
    render: (value) => preferences(value, () => void settings.reload()),
    signal,
  });
  const addresses = loadedSection<ContactDetails>({
    key: "my/contact",
    load: () => api("get", "/v1/notifications/contact", { signal }),
    render: (value) => contact(value, () => void addresses.reload()),
    signal,
  });
  const content = h(
    "section",
    { class: "narrow account" },
    backLink("/account", t("account.title")),
    h("h1", {}, t("account.notifications")),
    h("section", { class: "part" }, h("h2", {}, t("account.thisDevice")), push),
    settings.element,
    addresses.element,
  );
  return { title: t("account.notifications"), content };
});

async function showPush(element: HTMLElement): Promise<void> {
  const state = await getPushState();
  const label = t(state === "on" ? "account.turnOff" : "account.turnOn");
  const button = h("button", { class: "secondary" }, label);
  const change = async (): Promise<void> => {
    button.disabled = true;
    try {
      await (state === "on" ? turnPushOff() : turnPushOn());
    } catch (error) {
      toast(describe(error));
    }
    await showPush(element);
  };
  on(button, { click: () => void change() });
  const canChange = state === "on" || state === "off";
  fill(element, h("p", { role: "status" }, t(`account.push_${state}`)), canChange ? button : null);
}

function preferences(value: PreferencesDetails, changed: () => void): HTMLElement[] {
  return [mute(value, changed), settingsForm(value, changed)];
}

/** Return the request that leaves everything as it is. */
function unchanged(value: PreferencesDetails): PreferencesRequest {
  const { applying: _, ...kept } = value;
  return kept;
}

function mute(value: PreferencesDetails, changed: () => void): HTMLElement {
  const until =
    value.mutedUntil && Date.parse(value.mutedUntil) > Date.now() ? value.mutedUntil : null;
  const save = async (mutedUntil: string | null): Promise<void> => {
    try {
      const body = { ...unchanged(value), mutedUntil };
      await api("put", "/v1/notifications/preferences", { body });
      changed();
    } catch (error) {
      toast(describe(error));
    }
  };
  const button = (name: keyof typeof MUTES): HTMLElement => {
    const end = () => new Date(Date.now() + MUTES[name] * HOUR_MILLISECONDS).toISOString();
    const element = h("button", { class: "secondary" }, t(`account.mute_${name}`));
    return on(element, { click: () => void save(end()) });
  };
  const unmute = on(h("button", { class: "secondary" }, t("account.unmute")), {
    click: () => void save(null),
  });
  return h(
    "section",
    { class: "part" },
    h("h2", {}, t("account.mute")),
    h(
      "p",
      { class: "muted" },
      until ? t("account.mutedUntil", { moment: moment(until) }) : t("account.muteText"),
    ),
    h(
      "div",
      { class: "actions" },
      ...(until ? [unmute] : [button("hour"), button("day"), button("week")]),
    ),
  );
}

function settingsForm(value: PreferencesDetails, changed: () => void): HTMLElement {
  const table = channelTable(value);
  const language: Field = {
    name: "locale",
    label: t("account.languageOfMessages"),
    type: "select",
    options: Object.entries(LANGUAGES),
    value: value.locale?.slice(0, 2) ?? "en",
  };
  const element = form(
    [language],
    t("common.save"),
    async (values) => {
      const start = values["quietStart"];
      const end = values["quietEnd"];
      const quietHours = start && end ? { ...value.quietHours, start, end } : null;
      const body: PreferencesRequest = {
        ...unchanged(value),
        categories: readChannels(table, value.categories),
        locale: values["locale"] ?? null,
        timeZone: value.timeZone ?? localZone,
        quietHours,
        digests: { ...value.digests, message: readDigest(values["digest"] ?? "") },
      };
      await api("put", "/v1/notifications/preferences", { body });
      toast(t("common.saved"));
      changed();
    },
    digest(value),
    quietHours(value),
    h("h2", {}, t("account.channels")),
    table,
  );
  return h("section", { class: "part" }, h("h2", {}, t("account.howAndWhen")), element);
}

function readDigest(every: string): { every: "day" | "hour" | "week" } | null {
  return every === "hour" || every === "day" || every === "week" ? { every } : null;
}

function digest({ digests }: PreferencesDetails): HTMLElement {
  return fieldRow({
    name: "digest",
    label: t("account.digest"),
    type: "select",
    value: digests.message?.every ?? "",
    required: false,
    options: [
      ["", t("account.digest_off")],
      ["hour", t("account.digest_hour")],
      ["day", t("account.digest_day")],
      ["week", t("account.digest_week")],
    ],
  });
}

function quietHours({ quietHours: quiet, timeZone }: PreferencesDetails): HTMLElement {
  const time = (name: string, label: string, chosen: string | undefined): HTMLElement =>
    fieldRow({ name, label, type: "time", required: false, ...(chosen ? { value: chosen } : {}) });
  return h(
    "fieldset",
    {},
    h("legend", {}, t("account.quietHours")),
    h("p", { class: "muted" }, t("account.quietHoursText", { zone: timeZone ?? localZone })),
    h(
      "div",
      { class: "field-row" },
      time("quietStart", t("account.from"), quiet?.start),
      time("quietEnd", t("account.until"), quiet?.end),
    ),
  );
}
