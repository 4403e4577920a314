/** Free times of a service. Dates are those of the device's time zone. */

import { api } from "../../api/client";
import type { Slot } from "../../api/schema";
import { dateKey, localZone } from "../../format";
import type { Offer } from "./choice";

const PAGE_SIZE = 1000;
/** The API searches at most 62 dates at once. */
const MOST_DAYS = 60;
const DAY = 86_400_000;

/** Return the free times from one date to another, both included. */
export async function findSlots(
  { artist: { artistId }, service }: Offer,
  [from, to]: readonly [from: string, to: string],
  signal: AbortSignal,
): Promise<Slot[]> {
  const found: Slot[] = [];
  let cursor: string | null = null;
  do {
    const paging: { limit: number; cursor?: string } = {
      limit: PAGE_SIZE,
      ...(cursor ? { cursor } : {}),
    };
    const query = { artistId, serviceId: service.id, timeZone: localZone, from, to, ...paging };
    const page = await api("get", "/v1/appointments/slots", { query, signal });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

/** Return the first free time after `from`; null if there is none that can be booked yet. */
export async function findFirst(
  { artist: { artistId }, service }: Offer,
  from: string,
  signal: AbortSignal,
): Promise<Slot | null> {
  const last = lastDate(service.bookingHorizonDays);
  for (let since = from; since <= last; since = addDays(since, MOST_DAYS + 1)) {
    const to = addDays(since, MOST_DAYS);
    const range = { from: since, to: to < last ? to : last, timeZone: localZone };
    const query = { artistId, serviceId: service.id, limit: 1, ...range };
    const { items } = await api("get", "/v1/appointments/slots", { query, signal });
    if (items[0]) return items[0];
  }
  return null;
}

/** Return the start of a slot in the local time of its place, such as `14:30`. */
export function placeClock({ startsAt, timeZone }: { startsAt: string; timeZone: string }): string {
  const style = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone } as const;
  return new Intl.DateTimeFormat("en-GB", style).format(new Date(startsAt));
}

/** Return today on this device. */
export function today(): string {
  return dateKey(new Date().toISOString());
}

/** Return the last date that can be booked. */
export function lastDate(horizonDays: number): string {
  return addDays(today(), horizonDays);
}

/** Return the date some days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}
