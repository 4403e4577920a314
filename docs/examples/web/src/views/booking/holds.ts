/** Holds: chosen times that nobody else can book for ten minutes. */

import { api } from "../../api/client";
import { Problem } from "../../api/http";
import type { Hold } from "../../api/schema";
import { getCurrentUser } from "../../session";

/** A hold as this tab remembers it, so that a reload of the page does not lose it. */
type Kept = Pick<Hold, "id" | "startsAt" | "expiresAt"> & { userId: string };

const KEY = "holds";
const MARGIN_MILLISECONDS = 20_000;
const GONE = new Set(["slot_taken", "slot_unavailable"]);

let releasing: Promise<void> = Promise.resolve();

/** Somebody else was faster: the time cannot be held. */
export class Taken extends Error {
  constructor(readonly startsAt: string) {
    super(startsAt);
  }
}

/** Return whether an error says that a time cannot be booked any more. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && GONE.has(error.code);
}

/**
 * Hold the starts of a service, all or none, in their order.
 *
 * Throws Taken where one cannot be held, and the errors of `api`.
 */
export async function holdAll(serviceId: string, starts: readonly string[]): Promise<Kept[]> {
  await releasing;
  const kept = readKept();
  const held: Kept[] = [];
  for (const startsAt of starts) {
    const known = kept.find((hold) => hold.startsAt === startsAt);
    try {
      held.push(known ?? (await hold(serviceId, startsAt)));
    } catch (error) {
      await release(held);
      throw isGone(error) ? new Taken(startsAt) : error;
    }
  }
  sessionStorage.setItem(KEY, JSON.stringify(held));
  return held;
}

/** Release holds that are not booked. Later holds wait for it. */
export function releaseAll(holds: readonly Kept[]): void {
  forgetHolds();
  releasing = release(holds);
}

/** Forget the holds of this tab, because they are booked. */
export function forgetHolds(): void {
  sessionStorage.removeItem(KEY);
}

async function hold(serviceId: string, startsAt: string): Promise<Kept> {
  const body = { serviceId, startsAt };
  const idempotencyKey = crypto.randomUUID();
  const made = await api("post", "/v1/appointments/holds", { body, idempotencyKey });
  const userId = getCurrentUser()?.id ?? "";
  return { id: made.id, startsAt, expiresAt: made.expiresAt, userId };
}

async function release(holds: readonly Kept[]): Promise<void> {
  // If a request fails, its hold expires within ten minutes anyway.
  const deletions = holds.map(({ id }) =>
    api("delete", "/v1/appointments/holds/{id}", { path: { id } }).catch(() => undefined),
  );
  await Promise.all(deletions);
}

function readKept(): Kept[] {
  const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as Kept[];
  const until = Date.now() + MARGIN_MILLISECONDS;
  const userId = getCurrentUser()?.id;
  return stored.filter((hold) => hold.userId === userId && Date.parse(hold.expiresAt) > until);
}
