import { api } from "../../api/client";
import type { AppointmentView } from "../../api/schema";
import { h } from "../../dom";
import { clock, duration, localZone, moment, money, zoneName } from "../../format";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/appointments.css";
import { detail, empty, requireSession } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";
import { isDepositDue, isOpen, otherOf, statusBadge } from "./status";

/** The appointments page: upcoming ones first; available offline. */
export const appointments = requireSession(({ signal }: Visit): Page => {
  const list = loadedSection({
    key: "my/appointments",
    load: () => api("get", "/v1/appointments", { query: { limit: 100 }, signal }),
    render: ({ items }) => sections(items),
    empty: ({ items }) => (items.length === 0 ? nothingBooked() : null),
    signal,
  });
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, t("appointments.title")),
    list.element,
    h(
      "p",
      { class: "more-links" },
      h("a", { href: "/consultations" }, t("appointments.consultations")),
      h("a", { href: "/waitlist" }, t("appointments.waitlist")),
      h("a", { href: "/vouchers" }, t("appointments.vouchers")),
    ),
  );
  return { title: t("appointments.title"), content };
});

function nothingBooked(): HTMLElement {
  const find = h("a", { class: "button primary", href: "/" }, t("common.findArtist"));
  return empty(t("appointments.none"), t("appointments.noneText"), find);
}

function sections(items: readonly AppointmentView[]): (HTMLElement | false)[] {
  const isUpcoming = (item: AppointmentView): boolean =>
    isOpen(item) && Date.parse(item.endsAt) > Date.now();
  const upcoming = items.filter(isUpcoming);
  const past = items.filter((item) => !isUpcoming(item)).reverse();
  return [
    h("p", { class: "muted" }, t("appointments.zone", { zone: zoneName(localZone) })),
    h("h2", { class: "unseen" }, t("appointments.upcoming")),
    rows(upcoming, "rows"),
    past.length > 0 && h("h2", {}, t("appointments.earlier")),
    past.length > 0 && rows(past, "rows past"),
  ];
}

function rows(items: readonly AppointmentView[], style: string): HTMLElement {
  return h("ul", { class: style }, ...items.map((item) => h("li", {}, appointmentRow(item))));
}

/** Create the row of an appointment, which leads to its page. */
export function appointmentRow(item: AppointmentView): HTMLElement {
  const theirs = clock(item.startsAt, item.timeZone);
  const differs = theirs !== clock(item.startsAt);
  const { deposit, service } = item;
  return h(
    "article",
    { class: "appointment" },
    statusBadge(item),
    h("h3", {}, h("a", { href: `/appointments/${item.id}` }, service.name)),
    h("p", { class: "big" }, moment(item.startsAt)),
    personRow(otherOf(item), item.walkInName),
    h(
      "p",
      { class: "details" },
      detail("clock", duration(service.durationMinutes)),
      detail("card", money(item.price)),
      service.location ? detail("pin", service.location) : null,
    ),
    differs
      ? h(
          "p",
          { class: "muted" },
          t("appointments.localTime", { time: theirs, zone: zoneName(item.timeZone) }),
        )
      : null,
    deposit && isDepositDue(item)
      ? h("p", { class: "notice" }, t("appointments.depositDue", { amount: money(deposit) }))
      : null,
  );
}
