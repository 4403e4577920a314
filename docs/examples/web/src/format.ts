/** Instants and amounts as people read them. Instants come as RFC 3339 texts in UTC. */

/** The IANA zone of this device. */
export const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `14:30`, by the clock of `timeZone`. */
export function clock(instant: string, timeZone = localZone): string {
  return format(instant, { hour: "2-digit", minute: "2-digit", timeZone });
}

/** `Friday, 4 December`. */
export function day(instant: string, timeZone = localZone): string {
  return format(instant, { weekday: "long", day: "numeric", month: "long", timeZone });
}

/** `Fri 4 Dec, 14:30`. */
export function moment(instant: string, timeZone = localZone): string {
  const date = format(instant, { weekday: "short", day: "numeric", month: "short", timeZone });
  return `${date}, ${clock(instant, timeZone)}`;
}

/** `Today`, `Yesterday`, or the day. */
export function recentDay(instant: string): string {
  const daysAgo = Math.round((midnight(new Date()) - midnight(new Date(instant))) / 86_400_000);
  if (daysAgo === 0) return "Today";
  return daysAgo === 1 ? "Yesterday" : day(instant);
}

/** `2026-12-04`: which day it is there, for grouping. */
export function dateKey(instant: string, timeZone = localZone): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone }).format(new Date(instant));
}

/** Whether the two zones show the same wall clock at that instant. */
export function sameClock(instant: string, one: string, other: string): boolean {
  return moment(instant, one) === moment(instant, other);
}

/** `Europe/Berlin` as `Berlin`. */
export function zoneName(timeZone: string): string {
  return (timeZone.split("/").at(-1) ?? timeZone).replaceAll("_", " ");
}

/** `€180`: minor units of a currency; cents only where there are any. */
export function money({ amount, currency }: { amount: number; currency: string }): string {
  const style = new Intl.NumberFormat(undefined, { style: "currency", currency });
  const digits = style.resolvedOptions().maximumFractionDigits ?? 2;
  const value = amount / 10 ** digits;
  if (!Number.isInteger(value)) return style.format(value);
  const whole = { style: "currency", currency, maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(undefined, whole).format(value);
}

/** `1 h 30 min`. */
export function duration(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours && `${hours} h`, rest && `${rest} min`].filter(Boolean).join(" ");
}

/** `2.4 MB`. */
export function bytes(size: number): string {
  const [unit, value] = size < 1e6 ? ["kilobyte", size / 1e3] : ["megabyte", size / 1e6];
  const maximumFractionDigits = value < 10 ? 1 : 0;
  const style = { style: "unit", unit, maximumFractionDigits } as const;
  return new Intl.NumberFormat(undefined, style).format(value);
}

function format(instant: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(undefined, options).format(new Date(instant));
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
