/** Finding dates for all sittings of a service, at about the time of the first. */

import type { Slot } from "../../api/schema";
import { fill, h } from "../../dom";
import { form } from "../../forms";
import { t } from "../../messages";
import { go } from "../../router";
import { type Offer, bookingPath } from "./choice";
import { addDays, findSlots, placeClock } from "./slots";

/** A sitting whose date has nothing free goes on one of the next days, as the API plans it. */
const DAYS_LATER = 6;

/** Create the offer to find dates for the sittings that are not chosen yet. */
export function planPart(
  offer: Offer,
  starts: readonly string[],
  signal: AbortSignal,
): HTMLElement {
  const count = offer.service.sittings - starts.length;
  const note = h("p", { role: "status" });
  const field = {
    name: "weeks",
    label: t("booking.planEvery"),
    type: "select",
    options: [
      ["1", t("booking.planWeek")],
      ["2", t("booking.planTwoWeeks")],
      ["4", t("booking.planFourWeeks")],
    ],
    value: "4",
  } as const;
  const find = async ({ weeks = "4" }: Record<string, string>): Promise<void> => {
    fill(note);
    const found = await planSittings(offer, starts, Number(weeks), signal);
    if (found) go(bookingPath(offer, found));
    else fill(note, t("booking.planNone"));
  };
  return h(
    "section",
    { class: "plan" },
    h("h2", {}, t("booking.planTitle")),
    h("p", { class: "muted" }, t("booking.planText", { count })),
    form([field], t("booking.planFind"), find, note),
  );
}

/** Return the chosen starts with one for each further sitting; null if one of them has none. */
async function planSittings(
  offer: Offer,
  starts: readonly string[],
  weeks: number,
  signal: AbortSignal,
): Promise<string[] | null> {
  const planned = [...starts];
  while (planned.length < offer.service.sittings) {
    const last = planned.at(-1) ?? "";
    const date = addDays(last.slice(0, 10), weeks * 7);
    const slots = await findSlots(offer, [date, addDays(date, DAYS_LATER)], signal);
    const found = closest(slots, planned[0] ?? "");
    if (!found) return null;
    planned.push(found.startsAt);
  }
  return planned;
}

/** Return the slot of the first free date that is closest to the local time of a start. */
export function closest(slots: readonly Slot[], start: string): Slot | null {
  const [first] = slots;
  if (!first) return null;
  const distance = (slot: Slot): number => {
    const { timeZone } = slot;
    return Math.abs(minutes(placeClock(slot)) - minutes(placeClock({ startsAt: start, timeZone })));
  };
  const date = first.local.slice(0, 10);
  const ofDate = slots.filter(({ local }) => local.slice(0, 10) === date);
  return ofDate.reduce((best, slot) => (distance(slot) < distance(best) ? slot : best));
}

function minutes(clock: string): number {
  const [hours = "0", rest = "0"] = clock.split(":");
  return Number(hours) * 60 + Number(rest);
}
