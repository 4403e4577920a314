import { h } from "../../dom";
import { type IconName, icon } from "../../icons";
import { type TextKey, t } from "../../messages";
import type { Page } from "../../router";
import { hasRoute } from "../../router";
import "../../styles/studio.css";
import { requireArtist } from "../parts";

type Entry = [path: string, name: TextKey, symbol: IconName];

const GROUPS: [title: TextKey, entries: Entry[]][] = [
  [
    "studio.groupBookings",
    [
      ["/studio/requests", "layout.requests", "bell"],
      ["/consultations", "studio.allConsultations", "chat"],
      ["/appointments", "appointments.title", "calendar"],
      ["/studio/deposits", "studio.depositsTitle", "card"],
      ["/studio/waitlist", "studio.waitlist", "clock"],
    ],
  ],
  [
    "studio.groupOffer",
    [
      ["/studio/services", "studio.services", "tag"],
      ["/studio/hours", "studio.hours", "clock"],
      ["/studio/external-calendars", "calendars.title", "calendar"],
      ["/studio/policies", "studio.policies", "file"],
      ["/studio/intake", "studio.intake", "edit"],
    ],
  ],
  [
    "studio.groupPage",
    [
      ["/studio/page", "studio.page", "globe"],
      ["/studio/portfolio", "studio.portfolio", "image"],
      ["/studio/reviews", "studio.reviews", "star"],
    ],
  ],
  [
    "studio.groupClients",
    [
      ["/studio/clients", "studio.clients", "person"],
      ["/studio/quick-actions", "studio.quickActions", "bolt"],
      ["/studio/templates", "studio.templates", "send"],
      ["/studio/vouchers", "studio.vouchers", "gift"],
      ["/studio/reports", "studio.reports", "chart"],
    ],
  ],
  [
    "studio.groupAccount",
    [
      ["/account", "layout.account", "settings"],
      ["/account/social", "account.social", "globe"],
      ["/account/assistants", "account.assistants", "person"],
    ],
  ],
];

/** The menu of the studio: all of its pages. */
export const more = requireArtist((): Page => {
  const groups = GROUPS.map(([title, entries]) => {
    const shown = entries.filter(([path]) => hasRoute(path));
    if (shown.length === 0) return null;
    return h(
      "section",
      { class: "block" },
      h("h2", {}, t(title)),
      h("ul", { class: "tiles" }, ...shown.map((entry) => h("li", {}, tile(entry)))),
    );
  });
  const content = h("section", { class: "studio" }, h("h1", {}, t("layout.studio")), ...groups);
  return { title: t("layout.studio"), content };
});

function tile([path, name, symbol]: Entry): HTMLElement {
  return h("a", { class: "tile wait", href: path }, icon(symbol), h("strong", {}, t(name)));
}
