/** Where an artist works, and where else they are. */

import type { ArtistPageView } from "../../api/schema";
import { type Child, h } from "../../dom";
import { calendarDay } from "../../format";
import { icon } from "../../icons";
import { locale, t } from "../../messages";
import { openingHours } from "./hours";

const NETWORKS = [
  ["instagram", "Instagram"],
  ["facebook", "Facebook"],
  ["tiktok", "TikTok"],
  ["youtube", "YouTube"],
] as const;

/** Create the section of places, guest spots, languages and links. */
export function places(page: ArtistPageView, signal: AbortSignal): HTMLElement {
  const rows = [
    row(t("artist.address"), address(page)),
    row(t("artist.guestSpots"), guestSpots(page)),
    row(t("artist.speaks"), page.languages.map(languageName).join(", ") || null),
    row(t("artist.elsewhere"), links(page)),
  ].flat();
  return h(
    "section",
    { "aria-label": t("artist.where") },
    h("h2", {}, t("artist.where")),
    rows.length > 0 ? h("dl", { class: "descriptions" }, ...rows) : null,
    openingHours(page.artistId, signal),
  );
}

function row(name: string, value: Child): HTMLElement[] {
  return value ? [h("dt", {}, name), h("dd", {}, value)] : [];
}

function address({ address: street, city, coordinates, businessName }: ArtistPageView): Child {
  if (!street && !city && !coordinates) return null;
  const text = [street, city].filter(Boolean).join(", ");
  const href = street
    ? `https://www.openstreetmap.org/search?query=${encodeURIComponent(text)}`
    : coordinates
      ? mapOf(coordinates)
      : `https://www.openstreetmap.org/search?query=${encodeURIComponent(city)}`;
  return h(
    "div",
    {},
    businessName ? h("p", {}, businessName) : null,
    h("p", {}, text),
    street ? null : h("p", { class: "muted" }, t("artist.addressForClients")),
    external(href, t("artist.map")),
  );
}

function mapOf({ lat, lon }: { lat: number; lon: number }): string {
  return `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=14/${lat}/${lon}`;
}

function guestSpots({ guestSpots: spots }: ArtistPageView): Child {
  if (spots.length === 0) return null;
  const items = spots.map(({ location, firstDate, lastDate }) =>
    h(
      "li",
      {},
      t("artist.guestSpot", {
        place: location,
        first: calendarDay(firstDate),
        last: calendarDay(lastDate),
      }),
    ),
  );
  return h("ul", {}, ...items);
}

function links({ socials }: ArtistPageView): Child {
  const found = [
    socials.website ? external(socials.website, t("artist.website")) : null,
    ...NETWORKS.map(([key, name]) => (socials[key] ? external(socials[key], name) : null)),
  ].filter((link) => link !== null);
  return found.length > 0 ? h("div", { class: "links" }, ...found) : null;
}

function external(href: string, text: string): HTMLElement {
  return h(
    "a",
    { href, target: "_blank", rel: "noopener", class: "external" },
    text,
    icon("share"),
    h("span", { class: "unseen" }, ` (${t("artist.opensNewTab")})`),
  );
}

function languageName(code: string): string {
  return new Intl.DisplayNames(locale(), { type: "language" }).of(code) ?? code;
}
