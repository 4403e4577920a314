/** One day of the calendar: on a desk a column with times from top to bottom, on a phone a list. */

import type { AppointmentView, OpeningWindow, WeeklyHours } from "../../api/schema";
import { h } from "../../dom";
import { localZone } from "../../format";
import { locale, t } from "../../messages";
import { addDays, localTime, minutesOf } from "../../zones";
import { personRow } from "../people";
import type { Week } from "./calendar";

const DAY_MINUTES = 24 * 60;
const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const satisfies (keyof WeeklyHours)[];

/** A part of a day in minutes since midnight. */
interface Span {
  start: number;
  end: number;
}

/** Create the column of a date (`2026-12-04`) in the studio's zone. */
export function dayColumn(date: string, week: Week): HTMLElement {
  const { timeZone, schedules } = week;
  const spot = schedules.find(
    ({ firstDate, lastDate }) => firstDate && lastDate && firstDate <= date && date <= lastDate,
  );
  const open = opening(date, week);
  const appointments = week.appointments.filter(
    (item) => spanOn(date, item.startsAt, item.endsAt, timeZone) !== null,
  );
  const timeOff = (week.availability?.timeOff ?? []).filter(
    (each) => spanOn(date, each.startsAt, each.endsAt, timeZone) !== null,
  );
  const isToday = date === localTime(Date.now(), localZone).slice(0, 10);
  return h(
    "section",
    { class: isToday ? "cal-day is-today" : "cal-day", "aria-label": fullName(date) },
    h("h2", {}, shortName(date)),
    spot ? h("p", { class: "spot" }, `${spot.name} · ${spot.location}`) : null,
    h(
      "div",
      { class: "cal-times" },
      ...open.map((span) => placed(h("div", { class: "open-hours" }), span)),
      ...timeOff.map((each) =>
        placed(
          h("p", { class: "time-off" }, t("studio.timeOff")),
          spanOn(date, each.startsAt, each.endsAt, timeZone),
        ),
      ),
      ...appointments.map((item) => entry(item, date, timeZone)),
      appointments.length === 0 && timeOff.length === 0
        ? h(
            "p",
            { class: "muted nothing" },
            open.length > 0 ? t("studio.free") : t("studio.closed"),
          )
        : null,
    ),
  );
}

function entry(item: AppointmentView, date: string, timeZone: string): HTMLElement {
  const start = localTime(item.startsAt, timeZone).slice(11);
  const end = localTime(item.endsAt, timeZone).slice(11);
  const link = h(
    "a",
    { class: `cal-entry ${item.status}`, href: `/appointments/${item.id}` },
    h("time", { datetime: item.startsAt }, `${start}–${end}`),
    h("strong", {}, item.service.name),
    h("span", { class: "cal-who" }, personName(item)),
    item.status === "pending"
      ? h("span", { class: "unseen" }, t("appointments.status_pending"))
      : null,
  );
  return placed(link, spanOn(date, item.startsAt, item.endsAt, timeZone));
}

function personName(item: AppointmentView): HTMLElement {
  return personRow(item.clientId, item.walkInName);
}

/** Return the part of a period that is on a date; null if none is. */
function spanOn(date: string, startsAt: string, endsAt: string, timeZone: string): Span | null {
  const start = localTime(startsAt, timeZone);
  const end = localTime(endsAt, timeZone);
  const first = `${date}T00:00`;
  const last = `${addDays(date, 1)}T00:00`;
  if (end <= first || start >= last) return null;
  return {
    start: start < first ? 0 : minutesOf(start),
    end: end >= last ? DAY_MINUTES : minutesOf(end),
  };
}

/** Return the opening windows of a date, with the end of one that began the day before. */
function opening(date: string, { availability, schedules }: Week): Span[] {
  const spot = schedules.find(
    ({ firstDate, lastDate }) => firstDate && lastDate && firstDate <= date && date <= lastDate,
  );
  const hours = spot ?? availability;
  if (!hours) return [];
  const windows = (on: string): OpeningWindow[] => {
    const override = hours.overrides?.find((each) => each.date === on);
    if (override) return override.windows ?? [];
    const weekday = WEEKDAYS[(new Date(`${on}T00:00Z`).getUTCDay() + 6) % 7] ?? "monday";
    return hours.weekly?.[weekday] ?? [];
  };
  const own = windows(date).map(({ start, end }) => ({
    start: clockMinutes(start),
    end: clockMinutes(end) > clockMinutes(start) ? clockMinutes(end) : DAY_MINUTES,
  }));
  const late = windows(addDays(date, -1))
    .filter(({ start, end }) => clockMinutes(end) <= clockMinutes(start) && clockMinutes(end) > 0)
    .map(({ end }) => ({ start: 0, end: clockMinutes(end) }));
  return [...late, ...own];
}

function clockMinutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function placed(element: HTMLElement, span: Span | null): HTMLElement {
  if (!span) return element;
  element.classList.add("placed");
  element.style.setProperty("--start", String(span.start));
  element.style.setProperty("--length", String(Math.max(span.end - span.start, 20)));
  return element;
}

function shortName(date: string): string {
  return name(date, { weekday: "short", day: "numeric" });
}

function fullName(date: string): string {
  return name(date, { weekday: "long", day: "numeric", month: "long" });
}

function name(date: string, options: Intl.DateTimeFormatOptions): string {
  const format = new Intl.DateTimeFormat(locale(), { ...options, timeZone: "UTC" });
  return format.format(new Date(`${date}T00:00Z`));
}
