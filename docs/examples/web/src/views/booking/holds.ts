/** Holds: chosen times that nobody else can book for ten minutes. */

import { api } from "../../api/client";
import { Problem } from "../../api/http";
import type { Hold } from "../../api/schema";
import { read, remove, write } from "../../database";

/** A hold as this device remembers it, so that closing the app does not lose it. */
type Kept = Pick<Hold, "id" | "serviceId" | "startsAt" | "expiresAt">;

const KEY = "my/holds";
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
  const kept = await readKept();
  const held: Kept[] = [];
  for (const startsAt of starts) {
    const known = kept.find((hold) => hold.serviceId === serviceId && hold.startsAt === startsAt);
    try {
      held.push(known ?? (await hold(serviceId, startsAt)));
    } catch (error) {
      await release(held);
      throw isGone(error) ? new Taken(startsAt) : error;
    }
  }
  await write(KEY, held);
  return held;
}

/** Release holds that are not booked. Later holds wait for it. */
export function releaseAll(holds: readonly Kept[]): void {
  if (holds.length > 0) releasing = forgetHolds().then(() => release(holds));
}

/** Forget the holds of this device, because they are booked. */
export async function forgetHolds(): Promise<void> {
  await remove(KEY);
}

async function hold(serviceId: string, startsAt: string): Promise<Kept> {
  const body = { serviceId, startsAt };
  const idempotencyKey = crypto.randomUUID();
  const made = await api("post", "/v1/appointments/holds", { body, idempotencyKey });
  return { id: made.id, serviceId, startsAt, expiresAt: made.expiresAt };
}

async function release(holds: readonly Kept[]): Promise<void> {
  // If a request fails, its hold expires within ten minutes anyway.
  const deletions = holds.map(({ id }) =>
    api("delete", "/v1/appointments/holds/{id}", { path: { id } }).catch(() => undefined),
  );
  await Promise.all(deletions);
}

async function readKept(): Promise<Kept[]> {
  const until = Date.now() + MARGIN_MILLISECONDS;
  const stored = (await read<Kept[]>(KEY)) ?? [];
  return stored.filter(({ expiresAt }) => Date.parse(expiresAt) > until);
}
