/** A month as a grid of days, of which those with free times can be chosen. */

import { h, on } from "../../dom";
import { calendarMonth, day } from "../../format";
import { icon } from "../../icons";
import { locale, t } from "../../messages";
import { addDays } from "./slots";

interface MonthGrid {
  /** Any date of the month. */
  month: string;
  /** Number of free times by date. */
  free: ReadonlyMap<string, number>;
  chosen: string | null;
  choose: (date: string) => void;
  /** Shows another month; null where there is none to go to. */
  previous: (() => void) | null;
  next: (() => void) | null;
}

const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -7,
  ArrowDown: 7,
};

/** Return the first date of the month of a date. */
export function startOfMonth(date: string): string {
  return `${date.slice(0, 7)}-01`;
}

/** Return the last date of the month of a date. */
export function endOfMonth(date: string): string {
  return addDays(startOfMonth(addDays(startOfMonth(date), 31)), -1);
}

/** Create the grid of a month. The arrow keys go from one free day to the next. */
export function monthGrid(grid: MonthGrid): HTMLElement {
  const first = startOfMonth(grid.month);
  const name = calendarMonth(first);
  const table = h(
    "table",
    { class: "month", "aria-label": name },
    h("thead", {}, h("tr", {}, ...weekdays())),
    h("tbody", {}, ...weeks(first, grid)),
  );
  on(table, { keydown: (event) => moveFocus(event, table) });
  return h(
    "div",
    { class: "month-part" },
    h(
      "div",
      { class: "month-head" },
      turn(t("booking.previousMonth"), "previous", grid.previous),
      h("h2", { "aria-live": "polite" }, name),
      turn(t("booking.nextMonth"), "next", grid.next),
    ),
    table,
  );
}

function turn(name: string, css: string, action: (() => void) | null): HTMLElement {
  const attributes = { class: `secondary round ${css}`, "aria-label": name };
  const button = h("button", { ...attributes, disabled: action === null }, icon("back"));
  return action ? on(button, { click: action }) : button;
}

function weekdays(): HTMLElement[] {
  return Array.from({ length: 7 }, (_, index) => {
    // 2026-11-02 is a Monday.
    const date = new Date(`${addDays("2026-11-01", firstWeekday() + index)}T12:00:00Z`);
    const name = (weekday: "short" | "long") =>
      new Intl.DateTimeFormat(locale(), { weekday, timeZone: "UTC" }).format(date);
    return h("th", { scope: "col", abbr: name("long") }, name("short").slice(0, 2));
  });
}

function weeks(first: string, grid: MonthGrid): HTMLElement[] {
  const last = endOfMonth(first);
  const offset = (weekdayOf(first) - firstWeekday() + 7) % 7;
  const focusable =
    grid.chosen && grid.free.has(grid.chosen) ? grid.chosen : [...grid.free.keys()][0];
  const rows: HTMLElement[] = [];
  for (let start = addDays(first, -offset); start <= last; start = addDays(start, 7)) {
    const cells = Array.from({ length: 7 }, (_, index) => {
      const date = addDays(start, index);
      const isOutside = date < first || date > last;
      return h("td", {}, isOutside ? null : dayButton(date, grid, date === focusable));
    });
    rows.push(h("tr", {}, ...cells));
  }
  return rows;
}

function dayButton(date: string, grid: MonthGrid, isFocusable: boolean): HTMLElement {
  const count = grid.free.get(date) ?? 0;
  const words = count > 0 ? t("booking.freeTimes", { count }) : t("booking.noneFree");
  const attributes = {
    class: "month-day",
    "data-date": date,
    "aria-label": `${day(`${date}T12:00:00Z`, "UTC")}, ${words}`,
    "aria-pressed": String(date === grid.chosen),
    disabled: count === 0,
    tabindex: isFocusable ? 0 : -1,
  };
  const button = h("button", attributes, Number(date.slice(8)));
  return on(button, { click: () => grid.choose(date) });
}

function moveFocus(event: KeyboardEvent, table: HTMLElement): void {
  const step = STEPS[event.key];
  const current = (event.target as HTMLElement).dataset["date"];
  if (!step || !current) return;
  event.preventDefault();
  const days = [...table.querySelectorAll<HTMLButtonElement>("button:not(:disabled)")];
  const target = addDays(current, step);
  const dates = days.map((button) => button.dataset["date"] ?? "");
  const found =
    step > 0 ? dates.find((date) => date >= target) : dates.findLast((date) => date <= target);
  const next = days[dates.indexOf(found ?? "")];
  if (!next) return;
  for (const each of days) each.tabIndex = each === next ? 0 : -1;
  next.focus();
}

/** Return the first day of the week where the user is: 1 for Monday to 7 for Sunday. */
function firstWeekday(): number {
  type WeekInfo = { firstDay: number };
  const here = new Intl.Locale(locale()) as Intl.Locale & {
    getWeekInfo?: () => WeekInfo;
    weekInfo?: WeekInfo;
  };
  return (here.getWeekInfo?.() ?? here.weekInfo)?.firstDay ?? 1;
}

function weekdayOf(date: string): number {
  return new Date(`${date}T12:00:00Z`).getUTCDay() || 7;
}
