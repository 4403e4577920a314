/** What is shown when somebody else took a chosen time: others that are close to it. */

import type { Slot } from "../../api/schema";
import { h, on } from "../../dom";
import { dateKey, moment } from "../../format";
import { t } from "../../messages";
import { go } from "../../router";
import { loadedSection } from "../screen";
import { type Offer, bookingPath } from "./choice";
import { addDays, findSlots, today } from "./slots";

const DAYS_AROUND = 3;
const OFFERED = 6;

/** Create the notice that a start is taken, with free times close to it. */
export function takenPart(
  offer: Offer,
  starts: readonly string[],
  taken: string,
  signal: AbortSignal,
): HTMLElement {
  const others = starts.filter((start) => start !== taken);
  const date = dateKey(taken);
  const earliest = addDays(date, -DAYS_AROUND);
  const from = earliest < today() ? today() : earliest;
  const near = loadedSection({
    key: `public/near/${offer.service.id}/${taken}`,
    signal,
    load: () => findSlots(offer, [from, addDays(date, DAYS_AROUND)], signal),
    render: (slots) => {
      const found = closestTo(taken, slots, starts);
      if (found.length === 0) return [h("p", {}, t("booking.takenNone"))];
      const rows = found.map(({ startsAt }) =>
        h("li", {}, choice(offer, [...others, startsAt], startsAt)),
      );
      return [h("ul", { class: "near-times" }, ...rows)];
    },
  });
  const all = { class: "button quiet", href: bookingPath(offer, others) };
  return h(
    "div",
    { class: "taken", role: "alert" },
    h("h2", { tabindex: -1 }, t("booking.taken")),
    h("p", {}, t("booking.takenText", { moment: moment(taken) })),
    near.element,
    h("a", all, t("booking.otherTimes")),
  );
}

function choice(offer: Offer, starts: string[], startsAt: string): HTMLElement {
  const button = h("button", { class: "secondary" }, moment(startsAt));
  const choose = (): void => go(bookingPath(offer, starts.sort()), { replace: true });
  return on(button, { click: choose });
}

function closestTo(taken: string, slots: readonly Slot[], starts: readonly string[]): Slot[] {
  const distance = ({ startsAt }: Slot): number =>
    Math.abs(Date.parse(startsAt) - Date.parse(taken));
  return slots
    .filter(({ startsAt }) => !starts.includes(startsAt))
    .sort((first, second) => distance(first) - distance(second))
    .slice(0, OFFERED)
    .sort((first, second) => Date.parse(first.startsAt) - Date.parse(second.startsAt));
}
