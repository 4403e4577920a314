/** Formatting of instants and amounts for display. Instants are RFC 3339 strings in UTC. */

import { locale, t } from "./messages";

/** IANA time zone of this device. */
export const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Format as `14:30` in `timeZone`. */
export function clock(instant: string, timeZone = localZone): string {
  return format(instant, { hour: "2-digit", minute: "2-digit", timeZone });
}

/** Format as `Friday, 4 December`. */
export function day(instant: string, timeZone = localZone): string {
  return format(instant, { weekday: "long", day: "numeric", month: "long", timeZone });
}

/** Format as `Fri 4 Dec, 14:30`. */
export function moment(instant: string, timeZone = localZone): string {
  const date = format(instant, { weekday: "short", day: "numeric", month: "short", timeZone });
  return `${date}, ${clock(instant, timeZone)}`;
}

/** Format as `Today`, `Yesterday` or the day. */
export function recentDay(instant: string): string {
  const daysAgo = Math.round((midnight(new Date()) - midnight(new Date(instant))) / 86_400_000);
  if (daysAgo === 0) return t("common.today");
  return daysAgo === 1 ? t("common.yesterday") : day(instant);
}

/** Format as `4 Dec 2026`. */
export function date(instant: string, timeZone = localZone): string {
  return format(instant, { day: "numeric", month: "short", year: "numeric", timeZone });
}

/** Format as `4 Dec`. */
export function shortDate(instant: string, timeZone = localZone): string {
  return format(instant, { day: "numeric", month: "short", timeZone });
}

/** Format as `Fri 4 Dec`. */
export function shortDay(instant: string, timeZone = localZone): string {
  return format(instant, { weekday: "short", day: "numeric", month: "short", timeZone });
}

/** Format a date without a time, such as `2026-12-04`, as `Fri 4 Dec`. */
export function calendarDay(date: string): string {
  return shortDay(`${date}T12:00:00Z`, "UTC");
}

/** Return the name of a weekday: 1 for Monday to 7 for Sunday. */
export function weekdayName(weekday: number): string {
  // 2026-11-01 is a Sunday.
  const date = new Date(Date.UTC(2026, 10, 1 + weekday)).toISOString();
  return format(date, { weekday: "long", timeZone: "UTC" });
}

/** Format the month of a date, such as `2026-12-04`, as `December 2026`. */
export function calendarMonth(date: string): string {
  return format(`${date}T12:00:00Z`, { month: "long", year: "numeric", timeZone: "UTC" });
}

/** Return the local date in `timeZone` (`2026-12-04`), for grouping. */
export function dateKey(instant: string, timeZone = localZone): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone }).format(new Date(instant));
}

/** Return whether both zones have the same local time at that instant. */
export function sameClock(instant: string, first: string, second: string): boolean {
  return moment(instant, first) === moment(instant, second);
}

/** Return the city of a zone: `Berlin` for `Europe/Berlin`. */
export function zoneName(timeZone: string): string {
  return (timeZone.split("/").at(-1) ?? timeZone).replaceAll("_", " ");
}

/** Format an amount in minor units as `€180`; decimals are shown only if there are any. */
export function money({ amount, currency }: { amount: number; currency: string }): string {
  const style = new Intl.NumberFormat(locale(), { style: "currency", currency });
  const digits = style.resolvedOptions().maximumFractionDigits ?? 2;
  const value = amount / 10 ** digits;
  if (!Number.isInteger(value)) return style.format(value);
  const whole = { style: "currency", currency, maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(locale(), whole).format(value);
}

/** Format as `1 h 30 min`. */
export function duration(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const parts = [
    hours && t("common.hours", { count: hours }),
    rest && t("common.minutes", { count: rest }),
  ];
  return parts.filter(Boolean).join(" ");
}

/** Format as `2.4 MB`. */
export function bytes(size: number): string {
  const [unit, value] = size < 1e6 ? ["kilobyte", size / 1e3] : ["megabyte", size / 1e6];
  const maximumFractionDigits = value < 10 ? 1 : 0;
  const style = { style: "unit", unit, maximumFractionDigits } as const;
  return new Intl.NumberFormat(locale(), style).format(value);
}

function format(instant: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale(), options).format(new Date(instant));
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
