import { api } from "../../api/client";
import type { AppointmentOverview, AppointmentView } from "../../api/schema";
import { h } from "../../dom";
import { clock, day, duration, moment, money } from "../../format";
import { type IconName, icon } from "../../icons";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/studio.css";
import { statusBadge } from "../appointments/status";
import { requireArtist } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";
import { walkInButton } from "./walk-in";

interface Today {
  overview: AppointmentOverview;
  unread: number;
  consultations: number;
  changes: number;
}

/** The studio's first page: the next appointment, the day, and what waits for an answer. */
export const today = requireArtist(({ signal }: Visit): Page => {
  const shown = loadedSection<Today>({
    key: "my/studio",
    load: () => load(signal),
    render: (value) => parts(value, () => void shown.reload()),
    signal,
  });
  const content = h(
    "section",
    { class: "studio" },
    h(
      "div",
      { class: "page-head" },
      h("h1", {}, t("studio.hello", { name: firstName() })),
      h("p", { class: "muted" }, day(new Date().toISOString())),
    ),
    shown.element,
  );
  return { title: t("layout.today"), content };
});

function firstName(): string {
  return getCurrentUser()?.name.split(" ")[0] ?? "";
}

async function load(signal: AbortSignal): Promise<Today> {
  const none = { items: [] as unknown[], total: 0 };
  // What other features know is not needed to see the day.
  const [overview, unread, consultations, changes] = await Promise.all([
    api("get", "/v1/appointments/overview", { query: { role: "artist" }, signal }),
    api("get", "/v1/messages/unread", { signal }).catch(() => none),
    api("get", "/v1/consultations", { query: { limit: 1 }, signal }).catch(() => null),
    api("get", "/v1/social/calendar-changes", { signal }).catch(() => none),
  ]);
  return {
    overview,
    unread: unread.total,
    consultations: consultations?.counts.pending ?? 0,
    changes: changes.items.length,
  };
}

function parts({ overview, unread, consultations, changes }: Today, changed: () => void) {
  const { next, today: items, pending, depositsDue, revenue } = overview;
  const proved = depositsDue.filter(({ deposit }) => deposit?.state === "proof_submitted");
  return [
    next ? nextPart(next) : h("p", { class: "muted" }, t("studio.nothingNext")),
    h(
      "ul",
      { class: "tiles waits" },
      ...[
        wait(
          "/studio/requests",
          "bell",
          t("studio.requests", { count: pending.length }),
          pending.length,
        ),
        wait(
          "/consultations",
          "chat",
          t("studio.consultations", { count: consultations }),
          consultations,
        ),
        wait(
          "/studio/deposits",
          "card",
          t("studio.deposits", { count: proved.length }),
          proved.length,
        ),
        wait("/messages", "send", t("studio.unread", { count: unread }), unread),
        wait("/account/social", "globe", t("studio.changes", { count: changes }), changes),
      ]
        .filter((each) => each !== null)
        .map((each) => h("li", {}, each)),
    ),
    h(
      "section",
      { class: "block" },
      h("div", { class: "page-head" }, h("h2", {}, t("studio.day")), walkInButton(changed)),
      items.length > 0
        ? h("ol", { class: "day-list" }, ...items.map((item) => h("li", {}, dayRow(item))))
        : h("p", { class: "muted" }, t("studio.freeDay")),
    ),
    revenue.length > 0
      ? h(
          "section",
          { class: "block" },
          h("h2", {}, t("studio.revenue")),
          h("p", { class: "big" }, revenue.map(money).join(" · ")),
        )
      : null,
  ];
}

function nextPart(item: AppointmentView): HTMLElement {
  return h(
    "article",
    { class: "panel next" },
    h("p", { class: "muted" }, t("studio.next")),
    h("h2", {}, h("a", { href: `/appointments/${item.id}` }, moment(item.startsAt))),
    personRow(
      item.clientId,
      item.walkInName,
      h(
        "p",
        { class: "muted" },
        `${item.service.name} · ${duration(item.service.durationMinutes)}`,
      ),
    ),
  );
}

function wait(href: string, symbol: IconName, text: string, count: number): HTMLElement | null {
  if (count === 0) return null;
  return h("a", { class: "tile wait", href }, icon(symbol), h("strong", {}, text));
}

function dayRow(item: AppointmentView): HTMLElement {
  const time = `${clock(item.startsAt)}–${clock(item.endsAt)}`;
  return h(
    "article",
    { class: "day-row" },
    h("time", { datetime: item.startsAt }, time),
    h(
      "div",
      {},
      h("h3", {}, h("a", { href: `/appointments/${item.id}` }, item.service.name)),
      personRow(item.clientId, item.walkInName),
    ),
    statusBadge(item),
  );
}
