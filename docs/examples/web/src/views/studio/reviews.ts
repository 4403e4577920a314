import { api } from "../../api/client";
import type { ReviewList, ReviewView } from "../../api/schema";
import { h, on } from "../../dom";
import { form } from "../../forms";
import { date } from "../../format";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { stars } from "../artist/reviews";
import { openDialog } from "../dialog";
import { pagedList } from "../paging";
import { backLink, empty, requireArtist } from "../parts";
import { loadedSection } from "../screen";
import { confirmDeletion } from "./confirm";

import "../../styles/artist.css";
import "../../styles/lists.css";
import "../../styles/studio.css";

/** The reviews that the artist received, with their replies. */
export const studioReviews = requireArtist(({ signal }: Visit): Page => {
  const load = (cursor?: string): Promise<ReviewList> => {
    const query = { side: "received", ...(cursor ? { cursor } : {}) } as const;
    return api("get", "/v1/profiles/reviews", { query, signal });
  };
  const row = (review: ReviewView): HTMLElement => reviewRow(review, list.reload);
  const list = loadedSection({
    key: "my/studio/reviews",
    signal,
    load: () => load(),
    empty: ({ items }) =>
      items.length === 0 ? empty(t("reviews.none"), t("reviews.noneText")) : null,
    render: (first) => [pagedList({ first, load, row, list: "reviews" })],
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.reviews")),
    list.element,
  );
  return { title: t("studio.reviews"), content };
});

function reviewRow(review: ReviewView, reload: () => Promise<void>): HTMLElement {
  const { rating, text, authorName, createdAt, reply, appointmentId, hidden } = review;
  const answer = h(
    "button",
    { class: "secondary" },
    reply ? t("reviews.editAnswer") : t("reviews.answer"),
  );
  const remove = h("button", { class: "quiet" }, t("reviews.removeAnswer"));
  on(answer, { click: () => openReply(review, reload) });
  on(remove, { click: () => openRemoval(review, reload) });
  const path = `/appointments/${appointmentId}`;
  return h(
    "article",
    { class: "review" },
    stars(rating, t("artist.stars", { count: rating })),
    text ? h("p", { class: "words" }, text) : null,
    h(
      "p",
      { class: "muted byline" },
      `${authorName ?? t("artist.somebody")}, ${date(createdAt)} `,
      appointmentId
        ? h("a", { class: "button quiet", href: path }, t("reviews.appointment"))
        : null,
    ),
    hidden ? h("p", { class: "failure" }, t("reviews.hidden", { reason: hidden.reason })) : null,
    reply
      ? h(
          "div",
          { class: "reply" },
          h("strong", {}, t("reviews.yourAnswer")),
          h("p", { class: "words" }, reply.text),
        )
      : null,
    h("div", { class: "actions" }, answer, reply ? remove : null),
  );
}

function openReply({ id, reply }: ReviewView, reload: () => Promise<void>): void {
  const title = reply ? t("reviews.editAnswer") : t("reviews.answer");
  const field = {
    name: "text",
    label: t("reviews.yourAnswer"),
    hint: t("reviews.answerHint"),
    type: "textarea",
    maxlength: 2000,
    value: reply?.text ?? "",
  };
  const save = async ({ text = "" }: Record<string, string>): Promise<void> => {
    await api("put", "/v1/profiles/reviews/{id}/reply", { path: { id }, body: { text } });
    dialog.close();
    toast(t("common.saved"));
    await reload();
  };
  const dialog = openDialog(title, h("h2", {}, title), form([field], t("common.save"), save));
}

function openRemoval({ id }: ReviewView, reload: () => Promise<void>): void {
  confirmDeletion(t("reviews.removeAnswer"), t("reviews.removeText"), async () => {
    await api("delete", "/v1/profiles/reviews/{id}/reply", { path: { id } });
    toast(t("reviews.removed"));
    await reload();
  });
}
