/** Local times of a time zone, and the instants that they are. */

const MINUTE = 60_000;

/** Return the local date and time of an instant in a zone, as `2026-12-04T14:30`. */
export function localTime(instant: string | number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = Object.fromEntries(
    format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]),
  );
  return `${parts["year"]}-${parts["month"]}-${parts["day"]}T${parts["hour"]}:${parts["minute"]}`;
}

/**
 * Return the instant of a local time (`2026-12-04T14:30`) in a zone.
 *
 * A time that the clock skips is an hour later, and of one that it shows twice the first is meant.
 */
export function instantOf(local: string, timeZone: string): string {
  const asUtc = Date.parse(`${local}Z`);
  const offsets = [asUtc - 24 * 60 * MINUTE, asUtc + 24 * 60 * MINUTE].map(
    (instant) => Date.parse(`${localTime(instant, timeZone)}Z`) - instant,
  );
  const [before = 0, after = 0] = offsets;
  const first = asUtc - before;
  const isFirst = localTime(first, timeZone) === local.slice(0, 16);
  const second = asUtc - after;
  const isSecond = localTime(second, timeZone) === local.slice(0, 16);
  return new Date(!isFirst && isSecond ? second : first).toISOString();
}

/** Return the date so many days after a date, as `2026-12-04`. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * 24 * 60 * MINUTE)
    .toISOString()
    .slice(0, 10);
}

/** Return the Monday of the week of a date. */
export function mondayOf(date: string): string {
  const weekday = (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;
  return addDays(date, -weekday);
}

/** Return the minutes since midnight of a local time. */
export function minutesOf(local: string): number {
  return Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16));
}
