import { api } from "../../api/client";
import type { AppointmentView, Availability, Schedule } from "../../api/schema";
import { h } from "../../dom";
import { locale, t } from "../../messages";
import { type Page, type Visit, go } from "../../router";
import "../../styles/calendar.css";
import { localZone, zoneName } from "../../format";
import { requireArtist } from "../parts";
import { loadedSection } from "../screen";
import { addDays, instantOf, localTime, mondayOf } from "../../zones";
import { dayColumn } from "./calendar-day";
import { timeOffButton } from "./time-off";

const SHOWN = "pending,confirmed,completed,no_show";
const PAGE = 100;
const MORNING_MINUTES = 9 * 60;

export interface Week {
  monday: string;
  timeZone: string;
  appointments: AppointmentView[];
  availability: Availability | null;
  schedules: Schedule[];
}

/** The calendar of the studio: a week of appointments, opening hours and time off. */
export const calendar = requireArtist(({ query, signal }: Visit): Page => {
  const wanted = query.get("week") ?? localTime(Date.now(), localZone).slice(0, 10);
  const monday = mondayOf(
    /^\d{4}-\d\d-\d\d$/.test(wanted) ? wanted : localTime(Date.now(), localZone).slice(0, 10),
  );
  const week = loadedSection<Week>({
    key: `my/calendar/${monday}`,
    load: () => load(monday, signal),
    render: (value) => [grid(value), foot(value, () => void week.reload())],
    signal,
  });
  const content = h(
    "section",
    { class: "studio calendar" },
    h("div", { class: "page-head" }, h("h1", {}, weekName(monday)), steps(monday)),
    week.element,
  );
  listenForKeys(monday, signal);
  return { title: t("layout.calendar"), content };
});

async function load(monday: string, signal: AbortSignal): Promise<Week> {
  const availability = await api("get", "/v1/appointments/availability", { signal }).catch(
    () => null,
  );
  const timeZone = availability?.timeZone ?? localZone;
  const [appointments, schedules] = await Promise.all([
    loadAppointments(monday, timeZone, signal),
    api("get", "/v1/appointments/schedules", { signal }).catch(() => ({ items: [] })),
  ]);
  return { monday, timeZone, appointments, availability, schedules: schedules.items };
}

async function loadAppointments(
  monday: string,
  timeZone: string,
  signal: AbortSignal,
): Promise<AppointmentView[]> {
  const from = instantOf(`${monday}T00:00`, timeZone);
  const to = instantOf(`${addDays(monday, 7)}T00:00`, timeZone);
  const found: AppointmentView[] = [];
  let cursor: string | null = null;
  do {
    const position: { cursor?: string } = cursor ? { cursor } : {};
    const query = { role: "artist", from, to, status: SHOWN, limit: PAGE, ...position } as const;
    const page = await api("get", "/v1/appointments", { query, signal });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

function weekName(monday: string): string {
  const format = new Intl.DateTimeFormat(locale(), {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  });
  return format.formatRange(new Date(`${monday}T00:00Z`), new Date(`${addDays(monday, 6)}T00:00Z`));
}

function weekPath(monday: string): string {
  return `/studio/calendar?week=${monday}`;
}

function steps(monday: string): HTMLElement {
  const step = (days: number, label: string, text: string): HTMLElement =>
    h(
      "a",
      { class: "button secondary", href: weekPath(addDays(monday, days)), "aria-label": label },
      text,
    );
  return h(
    "nav",
    { class: "actions", "aria-label": t("studio.weeks") },
    step(-7, t("studio.previousWeek"), "←"),
    h("a", { class: "button secondary", href: "/studio/calendar" }, t("common.today")),
    step(7, t("studio.nextWeek"), "→"),
  );
}

function listenForKeys(monday: string, signal: AbortSignal): void {
  const paths: Record<string, string> = {
    ArrowLeft: weekPath(addDays(monday, -7)),
    ArrowRight: weekPath(addDays(monday, 7)),
    t: "/studio/calendar",
  };
  const follow = (event: KeyboardEvent): void => {
    const isTyping =
      event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
    const path = paths[event.key];
    if (isTyping || !path || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(path);
  };
  document.addEventListener("keydown", follow, { signal });
}

function grid(week: Week): HTMLElement {
  const days = Array.from({ length: 7 }, (_, index) => addDays(week.monday, index));
  const element = h(
    "div",
    { class: "week", tabindex: 0, role: "group", "aria-label": t("layout.calendar") },
    h(
      "div",
      { class: "hours", "aria-hidden": "true" },
      ...Array.from({ length: 24 }, (_, hour) =>
        h("span", {}, `${String(hour).padStart(2, "0")}:00`),
      ),
    ),
    ...days.map((date) => dayColumn(date, week)),
  );
  requestAnimationFrame(() => showDaytime(element));
  return element;
}

/** Scroll to the first opening hours, or to the morning. */
function showDaytime(element: HTMLElement): void {
  const starts = [...element.querySelectorAll<HTMLElement>(".open-hours, .cal-entry")].map((each) =>
    Number(each.style.getPropertyValue("--start")),
  );
  const hour = element.querySelector(".hours span")?.getBoundingClientRect().height ?? 0;
  element.scrollTop = (Math.min(MORNING_MINUTES, ...starts) / 60 - 0.5) * hour;
}

function foot({ timeZone, availability }: Week, changed: () => void): HTMLElement {
  const hours = h("a", { class: "button quiet", href: "/studio/hours" }, t("studio.hours"));
  return h(
    "div",
    { class: "page-head" },
    h(
      "p",
      { class: "muted" },
      `${t("appointments.zone", { zone: zoneName(timeZone) })} `,
      h("span", { class: "keys" }, t("studio.keys")),
    ),
    h(
      "div",
      { class: "actions" },
      availability ? timeOffButton(availability, changed) : null,
      hours,
    ),
  );
}
