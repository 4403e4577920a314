import { api } from "../api/client";
import type { AppointmentView } from "../api/schema";
import { showCached } from "../cache";
import { fill, h } from "../dom";
import { clock, duration, localZone, moment, money, zoneName } from "../format";
import type { Page, Visit } from "../router";
import { detail, empty, failure, loading, requireSession } from "./parts";

const STATUS: Record<AppointmentView["status"], string> = {
  pending: "Waiting for confirmation",
  confirmed: "Confirmed",
  completed: "Done",
  declined: "Declined",
  cancelled: "Cancelled",
  no_show: "Missed",
  expired: "Expired",
};

/** The appointments page: upcoming ones first; available offline. */
export const appointments = requireSession(({ signal }: Visit): Page => {
  const list = h("div", {}, loading());
  const content = h("section", {}, h("h1", {}, "Appointments"), list);
  const load = () => api("get", "/v1/appointments", { query: { limit: 100 }, signal });
  showCached("my/appointments", load, ({ items }) => fill(list, ...sections(items))).catch(
    (error: unknown) => {
      if (!signal.aborted) fill(list, failure(error));
    },
  );
  return { title: "Appointments", content };
});

function sections(items: AppointmentView[]): HTMLElement[] {
  const now = new Date().toISOString();
  const isUpcoming = ({ endsAt, status }: AppointmentView): boolean =>
    new Date(endsAt).toISOString() > now && (status === "pending" || status === "confirmed");
  const upcoming = items.filter(isUpcoming);
  const past = items.filter((item) => !isUpcoming(item)).reverse();
  if (items.length === 0) {
    const find = h("a", { class: "button primary", href: "/" }, "Find an artist");
    return [empty("Nothing booked yet", "Your bookings will appear here.", find)];
  }
  return [
    h("p", { class: "muted" }, `Times are shown in ${zoneName(localZone)} time.`),
    h("ul", { class: "rows" }, ...upcoming.map((item) => h("li", {}, row(item)))),
    ...(past.length > 0
      ? [
          h("h2", {}, "Earlier"),
          h("ul", { class: "rows past" }, ...past.map((item) => h("li", {}, row(item)))),
        ]
      : []),
  ];
}

function row(item: AppointmentView): HTMLElement {
  const artistTime = item.local.slice(11, 16);
  const differs = artistTime !== clock(item.startsAt);
  const isDepositDue = item.deposit?.state === "requested" || item.deposit?.state === "rejected";
  return h(
    "article",
    { class: "appointment" },
    h("p", { class: `status ${item.status}` }, STATUS[item.status]),
    h("h3", {}, item.service.name),
    h("p", { class: "big" }, moment(item.startsAt)),
    h(
      "p",
      { class: "details" },
      detail("clock", duration(item.service.durationMinutes)),
      detail("calendar", money(item.price)),
      item.service.location ? detail("pin", item.service.location) : null,
    ),
    differs ? h("p", { class: "muted" }, `${artistTime} in ${zoneName(item.timeZone)}`) : null,
    isDepositDue && item.deposit
      ? h("p", { class: "notice" }, `Deposit of ${money(item.deposit)} due`)
      : null,
  );
}
