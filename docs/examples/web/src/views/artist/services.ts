/** What an artist offers, with prices and what a booking asks for. */

import { api } from "../../api/client";
import type { ArtistPageView, ServiceView } from "../../api/schema";
import { h } from "../../dom";
import { duration, money } from "../../format";
import { t } from "../../messages";
import { getCurrentUser } from "../../session";
import { empty } from "../parts";
import { loadedSection } from "../screen";
import { copyButton } from "./contact";

/** Create the section of an artist's services; `chosenId` is the one that a link leads to. */
export function services(
  page: ArtistPageView,
  chosenId: string | null,
  signal: AbortSignal,
): HTMLElement {
  const { artistId } = page;
  const section = h(
    "section",
    { id: "services", "aria-label": t("artist.services") },
    h("h2", { tabindex: -1 }, t("artist.services")),
    page.booksOpen ? null : booksClosed(page.name),
  );
  const list = loadedSection({
    key: `public/services/${artistId}`,
    signal,
    load: () => api("get", "/v1/appointments/services", { query: { artistId }, signal }),
    empty: ({ items }) =>
      items.length > 0 ? null : empty(t("artist.services"), t("artist.noServices")),
    render({ items }) {
      const chosen = items.find(({ id }) => id === chosenId);
      const rows = items.map((service) =>
        h("li", service === chosen ? { "aria-current": "true" } : {}, serviceRow(service, page)),
      );
      if (chosen) setTimeout(() => section.scrollIntoView({ block: "start" }));
      return [chosenId ? chosenService(chosen, page) : null, h("ul", { class: "rows" }, ...rows)];
    },
  });
  section.append(list.element);
  return section;
}

function booksClosed(name: string): HTMLElement {
  return h(
    "div",
    { class: "notice-box" },
    h("strong", {}, t("artist.booksClosed")),
    h("p", {}, t("artist.booksClosedText", { name })),
  );
}

/** Create the offer to book the service that a link chose. */
function chosenService(service: ServiceView | undefined, page: ArtistPageView): HTMLElement {
  if (!service) return h("p", { class: "notice-box" }, t("artist.serviceGone"));
  const words = [service.name, duration(service.durationMinutes), money(service.total)];
  const canBook = page.booksOpen && getCurrentUser()?.role !== "artist";
  const link = { class: "button primary", href: bookingPath(service, page) };
  return h(
    "div",
    { class: "notice-box chosen-service" },
    h("p", {}, h("strong", {}, words.join(" · "))),
    canBook ? h("a", link, t("artist.bookNow")) : null,
  );
}

function serviceRow(service: ServiceView, page: ArtistPageView): HTMLElement {
  const { name, description, sittings, price } = service;
  const details = [
    duration(service.durationMinutes),
    sittings > 1 ? t("artist.sittings", { count: sittings, price: money(price) }) : "",
    deposit(service),
    service.mode === "request" ? t("artist.onRequest") : "",
  ].filter(Boolean);
  return h(
    "div",
    { class: "service" },
    h(
      "div",
      {},
      h("h3", {}, name),
      description ? h("p", {}, description) : null,
      h("p", { class: "muted" }, details.join(" · ")),
    ),
    h("strong", { class: "price" }, priceWords(service)),
    serviceAction(service, page),
  );
}

/** Return what can be done about a service: artists copy the link of their own. */
function serviceAction(service: ServiceView, page: ArtistPageView): HTMLElement | null {
  const { id, name, artistId } = service;
  const user = getCurrentUser();
  if (user?.role === "artist") {
    if (user.id !== artistId) return null;
    const address = `${location.origin}/artists/${page.handle ?? artistId}?service=${id}`;
    const copy = t("artist.copyLink");
    return copyButton(copy, async () => address, t("artist.copyServiceLink", { name }));
  }
  const href = bookingPath(service, page);
  return page.booksOpen
    ? h(
        "a",
        { class: "button primary", href, "aria-label": t("artist.bookNamed", { name }) },
        t("artist.bookService"),
      )
    : h(
        "a",
        { class: "button secondary", href, "aria-label": t("artist.waitlistNamed", { name }) },
        t("artist.waitlist"),
      );
}

function deposit({ deposit: asked, price }: ServiceView): string {
  if (!asked) return "";
  if (asked.type === "percent") return t("artist.depositPercent", { percent: asked.percent });
  if (asked.type === "by_policy") return t("artist.depositByPolicy");
  const { currency } = price;
  return t("artist.depositFixed", { amount: money({ amount: asked.amount, currency }) });
}

function bookingPath({ id }: ServiceView, { handle, artistId }: ArtistPageView): string {
  return `/artists/${handle ?? artistId}/book/${id}`;
}

function priceWords({ total }: ServiceView): string {
  return total.amount > 0 ? money(total) : t("artist.free");
}
