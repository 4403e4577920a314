import { api } from "../api/client";
import type { AppointmentView } from "../api/schema";
import { fill, h } from "../dom";
import { clock, duration, localZone, moment, money, zoneName } from "../format";
import { show } from "../kept";
import type { Page, Visit } from "../router";
import { empty, fact, failure, loading, signedIn } from "./parts";

const STATUS: Record<AppointmentView["status"], string> = {
  pending: "Waiting for an answer",
  confirmed: "Confirmed",
  completed: "Done",
  declined: "Declined",
  cancelled: "Cancelled",
  no_show: "Missed",
  expired: "Expired",
};

/** The person's appointments, the next one first; also offline, as they were last read. */
export const appointments = signedIn(({ signal }: Visit): Page => {
  const list = h("div", {}, loading());
  const content = h("section", {}, h("h1", {}, "Appointments"), list);
  const load = () => api("get", "/v1/appointments", { query: { limit: 100 }, signal });
  show("my/appointments", load, ({ items }) => fill(list, ...sections(items))).catch(
    (error: unknown) => {
      if (!signal.aborted) fill(list, failure(error));
    },
  );
  return { title: "Appointments", content };
});

function sections(items: AppointmentView[]): HTMLElement[] {
  const now = new Date().toISOString();
  const isAhead = ({ endsAt, status }: AppointmentView): boolean =>
    new Date(endsAt).toISOString() > now && (status === "pending" || status === "confirmed");
  const ahead = items.filter(isAhead);
  const past = items.filter((item) => !isAhead(item)).reverse();
  if (items.length === 0) {
    const find = h("a", { class: "button primary", href: "/" }, "Find an artist");
    return [empty("Nothing booked yet", "What you book stands here.", find)];
  }
  return [
    h("p", { class: "muted" }, `Times are those of ${zoneName(localZone)}.`),
    h("ul", { class: "rows" }, ...ahead.map((item) => h("li", {}, row(item)))),
    ...(past.length > 0
      ? [
          h("h2", {}, "Earlier"),
          h("ul", { class: "rows past" }, ...past.map((item) => h("li", {}, row(item)))),
        ]
      : []),
  ];
}

function row(item: AppointmentView): HTMLElement {
  const theirs = item.local.slice(11, 16);
  const differs = theirs !== clock(item.startsAt);
  const due = item.deposit?.state === "requested" || item.deposit?.state === "rejected";
  return h(
    "article",
    { class: "appointment" },
    h("p", { class: `status ${item.status}` }, STATUS[item.status]),
    h("h3", {}, item.service.name),
    h("p", { class: "big" }, moment(item.startsAt)),
    h(
      "p",
      { class: "facts" },
      fact("clock", duration(item.service.durationMinutes)),
      fact("calendar", money(item.price)),
      item.service.location ? fact("pin", item.service.location) : null,
    ),
    differs ? h("p", { class: "muted" }, `${theirs} in ${zoneName(item.timeZone)}`) : null,
    due && item.deposit
      ? h("p", { class: "notice" }, `Deposit of ${money(item.deposit)} due`)
      : null,
  );
}
