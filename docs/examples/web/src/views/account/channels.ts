/** The table of categories and channels: which messages come through which channel. */

import type { CategoryChoices, PreferencesDetails } from "../../api/schema";
import { h } from "../../dom";
import { t } from "../../messages";

const CATEGORIES = ["booking", "message", "aftercare", "review", "marketing"] as const;
const CHANNELS = ["email", "sms", "push", "inbox"] as const;

type Category = (typeof CATEGORIES)[number];
type Channel = (typeof CHANNELS)[number];

/** Create the table with what applies. */
export function channelTable(preferences: PreferencesDetails): HTMLElement {
  const head = h(
    "tr",
    {},
    h("td", {}),
    ...CHANNELS.map((channel) => h("th", { scope: "col" }, t(`account.channel_${channel}`))),
  );
  const table = h(
    "table",
    { class: "channels" },
    h("caption", { class: "unseen" }, t("account.channels")),
    h("thead", {}, head),
    h("tbody", {}, ...CATEGORIES.map((category) => row(category, preferences))),
  );
  return h(
    "div",
    { class: "table-scroll", tabindex: 0, role: "group", "aria-label": t("account.channels") },
    table,
    h("p", { class: "muted" }, t("account.channelsText")),
  );
}

/** Return the choices of the table; those that the user did not change stay as they were. */
export function readChannels(table: HTMLElement, before: CategoryChoices): CategoryChoices {
  const choices: CategoryChoices = { ...before };
  for (const box of table.querySelectorAll<HTMLInputElement>("input")) {
    if (box.checked === box.defaultChecked) continue;
    const category = box.dataset["category"] as Category;
    const channel = box.dataset["channel"] as Channel;
    choices[category] = { ...choices[category], [channel]: box.checked ? "on" : "off" };
  }
  return choices;
}

function row(category: Category, { applying }: PreferencesDetails): HTMLElement {
  const name = t(`account.category_${category}`);
  const cells = CHANNELS.map((channel) => {
    const label = `${name}: ${t(`account.channel_${channel}`)}`;
    const isOn = applying[category][channel] !== "off";
    const box = h("input", {
      type: "checkbox",
      checked: isOn,
      "aria-label": label,
      "data-category": category,
      "data-channel": channel,
    });
    return h("td", {}, box);
  });
  return h("tr", {}, h("th", { scope: "row" }, name), ...cells);
}
