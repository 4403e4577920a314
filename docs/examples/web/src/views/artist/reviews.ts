/** What clients say about an artist. */

import { api } from "../../api/client";
import type { ArtistPageView, ArtistReviewList, ReviewView } from "../../api/schema";
import { h, on } from "../../dom";
import { date } from "../../format";
import { t } from "../../messages";
import { openDialog } from "../dialog";
import { picture } from "../face";
import { pagedList } from "../paging";
import { loadedSection } from "../screen";
import { reportButton } from "./report";

/** Create the section of an artist's reviews. */
export function reviews(page: ArtistPageView, signal: AbortSignal): HTMLElement {
  const path = { handle: page.artistId };
  const load = (cursor?: string): Promise<ArtistReviewList> => {
    const query = { limit: 5, ...(cursor ? { cursor } : {}) };
    return api("get", "/v1/profiles/artists/{handle}/reviews", { path, query, signal });
  };
  const list = loadedSection({
    key: `public/reviews/${page.artistId}`,
    signal,
    load: () => load(),
    render(found) {
      if (found.items.length === 0)
        return [
          h("p", { class: "muted" }, `${t("artist.noReviews")}. ${t("artist.noReviewsText")}`),
        ];
      const more = t("artist.moreReviews");
      const row = (review: ReviewView): HTMLElement => reviewRow(review, page.name);
      return [summary(found), pagedList({ first: found, load, row, more, list: "reviews" })];
    },
  });
  return h(
    "section",
    { "aria-label": t("artist.reviews") },
    h("h2", {}, t("artist.reviews")),
    list.element,
  );
}

function summary({ rating }: ArtistReviewList): HTMLElement | null {
  if (rating.average === null) return null;
  return h(
    "p",
    { class: "rating-summary" },
    h("strong", { class: "price" }, rating.average),
    stars(Math.round(rating.average), t("artist.rated", { average: rating.average })),
    h("span", { class: "muted" }, t("artist.reviewCount", { count: rating.count })),
  );
}

function reviewRow(review: ReviewView, artist: string): HTMLElement {
  const { rating, text, authorName, createdAt, reply, pictures = [] } = review;
  return h(
    "article",
    { class: "review" },
    stars(rating, t("artist.stars", { count: rating })),
    text ? h("p", { class: "words" }, text) : null,
    pictures.length > 0 ? h("div", { class: "review-pictures" }, ...pictures.map(enlarged)) : null,
    h(
      "p",
      { class: "muted byline" },
      `${authorName ?? t("artist.somebody")}, ${date(createdAt)}`,
      reportButton("review", review.id, t("artist.reportReview")),
    ),
    reply
      ? h(
          "div",
          { class: "reply" },
          h("strong", {}, t("artist.reply", { name: artist })),
          h("p", { class: "words" }, reply.text),
        )
      : null,
  );
}

/** Create the stars of a rating, which `words` say. */
export function stars(count: number, words: string): HTMLElement {
  const drawn = "★".repeat(count) + "☆".repeat(5 - count);
  return h(
    "span",
    { class: "stars" },
    h("span", { "aria-hidden": "true" }, drawn),
    h("span", { class: "unseen" }, words),
  );
}

function enlarged(fileId: string, index: number): HTMLElement {
  const name = t("artist.reviewPicture", { count: index + 1 });
  const button = h("button", { class: "shot" }, picture(fileId, name));
  const show = (): void => {
    const close = h("button", { class: "secondary" }, t("common.close"));
    const shown = picture(fileId, name);
    const dialog = openDialog(name, h("div", { class: "lightbox-picture" }, shown), close);
    dialog.classList.add("lightbox");
    on(close, { click: () => dialog.close() });
  };
  return on(button, { click: show });
}
