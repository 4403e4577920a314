/** Joining the waitlist of a service, for visitors whom no free time suits. */

import { api } from "../../api/client";
import type { WaitlistEntryView } from "../../api/schema";
import { fill, h } from "../../dom";
import { form } from "../../forms";
import { calendarDay, duration } from "../../format";
import { t } from "../../messages";
import { getCurrentUser } from "../../session";
import { signInPart } from "../sign-in";
import type { Offer } from "./choice";
import { addDays, lastDate, today } from "./slots";

const USUAL_DAYS = 30;

/** Create the part that joins the waitlist. It is folded, and open where the books are closed. */
export function waitlistPart(offer: Offer): HTMLElement {
  const { booksOpen } = offer.artist;
  const title = booksOpen ? t("booking.nothingFits") : t("booking.joinWaitlist");
  const body = h("div", { class: "waitlist-body" });
  const part = h(
    "details",
    { class: "waitlist", id: "waitlist", open: !booksOpen },
    h("summary", {}, booksOpen ? `${title} ${t("booking.joinWaitlist")}` : title),
    body,
  );
  showForm(offer, body);
  return part;
}

function showForm(offer: Offer, body: HTMLElement): void {
  const { service } = offer;
  const user = getCurrentUser();
  const how =
    service.waitlistMode === "first_in_line"
      ? t("booking.waitlistFirst", { duration: duration(service.waitlistAnswerMinutes) })
      : t("booking.waitlistAll");
  const explained = h("p", { class: "muted" }, `${t("booking.waitlistText")} ${how}`);
  if (!user) {
    const again = signInPart(t("booking.signIn"), t("booking.signInText"));
    return fill(body, explained, again);
  }
  if (user.role !== "client") {
    return fill(body, h("p", { class: "notice-box" }, t("booking.artistAccount")));
  }
  fill(body, explained, datesForm(offer, body));
}

function datesForm({ service }: Offer, body: HTMLElement): HTMLElement {
  const bounds = { type: "date", min: today(), max: lastDate(service.bookingHorizonDays) };
  const usual = addDays(today(), USUAL_DAYS);
  const latest = usual < bounds.max ? usual : bounds.max;
  const fields = [
    { ...bounds, name: "firstDate", label: t("booking.firstDate"), value: bounds.min },
    { ...bounds, name: "lastDate", label: t("booking.lastDate"), value: latest },
  ];
  const idempotencyKeys = new Map<string, string>();
  return form(fields, t("booking.wait"), async ({ firstDate = "", lastDate: last = "" }) => {
    const dates = `${firstDate} ${last}`;
    const idempotencyKey = idempotencyKeys.get(dates) ?? crypto.randomUUID();
    idempotencyKeys.set(dates, idempotencyKey);
    const request = { serviceId: service.id, firstDate, lastDate: last };
    showWaiting(
      body,
      await api("post", "/v1/appointments/waitlist", { body: request, idempotencyKey }),
    );
  });
}

function showWaiting(body: HTMLElement, entry: WaitlistEntryView): void {
  const heading = h("h2", { tabindex: -1 }, t("booking.waiting"));
  const [first, last] = [calendarDay(entry.firstDate), calendarDay(entry.lastDate)];
  fill(
    body,
    h(
      "div",
      { class: "panel done" },
      heading,
      h("p", {}, t("booking.waitingText", { first, last })),
    ),
  );
  heading.focus();
}
