/** What is shown once it is booked: it leads to the appointment. */

import type { AppointmentView } from "../../api/schema";
import { h } from "../../dom";
import { moment, money } from "../../format";
import { t } from "../../messages";
import { messageButton } from "../artist/contact";
import type { Offer } from "./choice";
import { bookingOverview } from "./overview";

/** Create the page of a booking that was just made. */
export function doneStep(offer: Offer, booked: AppointmentView): HTMLElement {
  const { name, artistId } = offer.artist;
  const isConfirmed = booked.status === "confirmed";
  const more = offer.service.sittings - 1;
  const { deposit } = booked;
  const isDue = deposit?.state === "requested";
  const path = `/appointments/${booked.id}`;
  const label = isDue && deposit.dueAt ? t("booking.payDeposit") : t("booking.toAppointment");
  return h(
    "div",
    { class: "panel done booked" },
    h("h2", { tabindex: -1 }, isConfirmed ? t("booking.booked") : t("booking.requested")),
    isConfirmed || isDue ? null : h("p", {}, t("booking.requestedText", { name })),
    bookingOverview(offer, [booked.startsAt]),
    more > 0 ? h("p", {}, t("booking.moreSittings", { count: more })) : null,
    isDue ? h("p", { class: "notice" }, depositWords(deposit)) : null,
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button primary", href: path }, label),
      messageButton(artistId, t("artist.writeTo", { name })),
    ),
  );
}

function depositWords(deposit: NonNullable<AppointmentView["deposit"]>): string {
  const amount = money(deposit);
  return deposit.dueAt
    ? t("booking.depositDue", { amount, moment: moment(deposit.dueAt) })
    : t("booking.depositWaits", { amount });
}
