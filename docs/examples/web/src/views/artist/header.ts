/** The head of an artist's page: who it is, and what to do about them. */

import type { ArtistPageView } from "../../api/schema";
import { h, on } from "../../dom";
import { duration, zoneName } from "../../format";
import { icon } from "../../icons";
import { t } from "../../messages";
import { getCurrentUser } from "../../session";
import { styleName } from "../discover/filters";
import { portrait } from "../face";
import { detail } from "../parts";
import { followButton, messageButton, shareButton } from "./contact";
import { reportButton } from "./report";

/** Create the head of an artist's page. */
export function header(page: ArtistPageView): HTMLElement {
  const { artistId: id, name, avatar, businessName } = page;
  return h(
    "header",
    { class: "artist-head" },
    portrait({ id, name, avatar }, "large"),
    h(
      "div",
      { class: "artist-who" },
      h("h1", {}, businessName || name),
      businessName ? h("p", { class: "muted" }, t("artist.with", { name })) : null,
      keyDetails(page),
    ),
    h(
      "div",
      { class: "artist-about" },
      page.bio ? h("p", { class: "bio" }, page.bio) : null,
      h(
        "p",
        { class: "chips" },
        ...[...page.styles.map(styleName), ...page.tags].map((word) =>
          h("span", { class: "chip" }, word),
        ),
      ),
      actions(page),
    ),
  );
}

function keyDetails({
  rating,
  city,
  timeZone,
  followers,
  responseTime,
}: ArtistPageView): HTMLElement {
  const answers = responseTime?.typicalMinutes;
  return h(
    "p",
    { class: "details" },
    rating.average === null ? null : ratingLink(rating.average, rating.count),
    city ? detail("pin", city) : null,
    timeZone ? detail("clock", t("artist.zone", { city: zoneName(timeZone) })) : null,
    followers > 0 ? detail("heart", t("artist.followers", { count: followers })) : null,
    answers ? detail("chat", t("artist.answersWithin", { duration: duration(answers) })) : null,
  );
}

function ratingLink(average: number, count: number): HTMLElement {
  const words = [t("artist.rated", { average }), t("artist.reviewCount", { count })];
  return h("span", { class: "detail rating" }, icon("star"), words.join(" · "));
}

function actions(page: ArtistPageView): HTMLElement {
  const { artistId, name, handle } = page;
  const isArtist = getCurrentUser()?.role === "artist";
  const address = handle ?? artistId;
  const book = h("button", { class: "primary" }, icon("calendar"), t("artist.book"));
  const showServices = (): void => {
    const heading = document.querySelector<HTMLElement>("#services h2");
    heading?.scrollIntoView({ block: "start" });
    heading?.focus();
  };
  return h(
    "div",
    { class: "artist-actions" },
    h(
      "div",
      { class: "actions" },
      isArtist ? null : on(book, { click: showServices }),
      isArtist || !page.booksOpen
        ? null
        : h("a", { class: "button secondary", href: `/artists/${address}/ask` }, t("artist.ask")),
      messageButton(artistId),
    ),
    h(
      "div",
      { class: "actions quiet-actions" },
      followButton(artistId, name),
      handle ? shareButton(handle, name) : null,
      reportButton("page", artistId),
    ),
  );
}
