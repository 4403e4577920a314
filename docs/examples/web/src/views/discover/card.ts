/** The card of an artist in a list. */

import { api } from "../../api/client";
import type { FoundArtist } from "../../api/schema";
import { showCached } from "../../cache";
import { h } from "../../dom";
import { calendarDay, money } from "../../format";
import { icon } from "../../icons";
import { t } from "../../messages";
import { drawPicture } from "../../placeholder-art";
import { picture, portrait } from "../face";
import { detail } from "../parts";
import { styleName } from "./filters";

const MAX_STYLES = 3;

/** Create the card of an artist: their latest work, who they are, and what it costs. */
export function artistCard(artist: FoundArtist): HTMLElement {
  const { artistId, handle, name, avatar, businessName, guestSpot } = artist;
  return h(
    "a",
    { class: "card", href: `/artists/${handle}` },
    cover(artistId),
    h(
      "div",
      { class: "card-text" },
      portrait({ id: artistId, name, avatar }),
      h("h3", {}, businessName || name),
      h(
        "p",
        { class: "muted" },
        [businessName ? name : "", artist.city].filter(Boolean).join(" · "),
      ),
      keyDetails(artist),
      guestSpot
        ? h(
            "p",
            { class: "guest" },
            t("discover.guest", {
              place: guestSpot.location,
              first: calendarDay(guestSpot.firstDate),
              last: calendarDay(guestSpot.lastDate),
            }),
          )
        : null,
      h(
        "p",
        { class: "chips" },
        ...artist.styles
          .slice(0, MAX_STYLES)
          .map((style) => h("span", { class: "chip" }, styleName(style))),
      ),
    ),
  );
}

function keyDetails(artist: FoundArtist): HTMLElement {
  const [price] = artist.fromPrices;
  const { average, count } = artist.rating;
  const isFree = artist.booksOpen && artist.nextFree;
  return h(
    "p",
    { class: "details" },
    average === null ? null : rating(average, count),
    price ? detail("tag", t("discover.from", { amount: money(price) })) : null,
    typeof artist.distanceKm === "number"
      ? detail("pin", t("discover.distance", { count: Math.round(artist.distanceKm) }))
      : null,
    isFree
      ? h(
          "span",
          { class: "detail free" },
          icon("calendar"),
          t("discover.nextFree", { date: calendarDay(artist.nextFree ?? "") }),
        )
      : null,
    artist.booksOpen ? null : detail("lock", t("discover.booksClosed")),
  );
}

function rating(average: number, count: number): HTMLElement {
  return h(
    "span",
    { class: "detail rating" },
    icon("star"),
    h("span", { "aria-hidden": "true" }, t("discover.ratingShort", { average, count })),
    h("span", { class: "unseen" }, t("discover.rated", { average, count })),
  );
}

/** Create the picture of a card: the first of the portfolio once it is near the screen. */
function cover(artistId: string): HTMLElement {
  const frame = h("div", { class: "cover" });
  frame.append(drawPicture(artistId));
  const show = async (): Promise<void> => {
    const path = { handle: artistId };
    const load = async (): Promise<string | null> => {
      const query = { limit: 1 };
      const { items } = await api("get", "/v1/profiles/artists/{handle}/portfolio", {
        path,
        query,
      });
      return items[0]?.fileId ?? null;
    };
    await showCached(`public/cover/${artistId}`, load, (fileId) => {
      if (fileId) frame.replaceChildren(picture(fileId, ""));
    });
  };
  const observer = new IntersectionObserver(
    ([entry]) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      show().catch(() => undefined); // the drawn picture stays
    },
    { rootMargin: "300px" },
  );
  observer.observe(frame);
  return frame;
}
