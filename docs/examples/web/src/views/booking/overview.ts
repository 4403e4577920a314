/** The summary of a booking: with whom, when, where and for how much. */

import type { ServiceView } from "../../api/schema";
import { type Child, h } from "../../dom";
import { clock, day, duration, localZone, money, zoneName } from "../../format";
import { t } from "../../messages";
import { portrait } from "../face";
import type { Prices } from "./agreement";
import type { Offer } from "./choice";
import { placeClock } from "./slots";

/** Create the list of what is booked. */
export function bookingOverview(
  { artist, service }: Offer,
  starts: readonly string[],
): HTMLElement {
  const { artistId: id, name, avatar, businessName, timeZone } = artist;
  const where = service.location || artist.city;
  const place = where.includes(businessName) ? where : `${businessName}, ${where}`;
  const rows = [
    row(
      t("booking.whom"),
      h("span", { class: "whom" }, portrait({ id, name, avatar }), h("strong", {}, name)),
    ),
    row(
      t("booking.when"),
      h("ul", { class: "starts" }, ...starts.map((start) => startRow(start, timeZone))),
    ),
    row(t("booking.duration"), duration(service.durationMinutes)),
    row(t("booking.where"), place || null),
  ];
  return h("dl", { class: "descriptions" }, ...rows.flat());
}

/** Create the list of what it costs. */
export function priceOverview(service: ServiceView, prices: Prices): HTMLElement {
  const { sittings, price } = service;
  const { discount, voucher, listPrice, total, deposit } = prices;
  const each =
    sittings > 1 ? t("booking.pricePerSitting", { count: sittings, price: money(price) }) : null;
  const rows = [
    row(t("booking.price"), each ?? money(listPrice)),
    discount ? row(t("booking.discount", { name: voucher ?? "" }), `−${money(discount)}`) : [],
    discount || each ? row(t("booking.total"), h("strong", {}, money(total))) : [],
    row(
      t("booking.deposit"),
      deposit ? `${money(deposit)}, ${t("booking.depositBefore")}` : t("booking.noDeposit"),
    ),
  ];
  return h("dl", { class: "descriptions prices" }, ...rows.flat());
}

/** Create the row of a start: here, and at the place of the appointment where that differs. */
export function startRow(startsAt: string, timeZone: string | null): HTMLElement {
  const zone = timeZone ?? localZone;
  const differs =
    placeClock({ startsAt, timeZone: zone }) !== placeClock({ startsAt, timeZone: localZone });
  const there = { time: clock(startsAt, zone), city: zoneName(zone) };
  return h(
    "li",
    {},
    h("strong", {}, `${day(startsAt)}, ${clock(startsAt)}`),
    differs ? h("span", { class: "muted" }, ` (${t("booking.theirTime", there)})`) : null,
  );
}

function row(name: string, value: Child): HTMLElement[] {
  return value ? [h("dt", {}, name), h("dd", {}, value)] : [];
}
