/** The client's review of an appointment that took place. */

import { api } from "../../api/client";
import type { AppointmentView, ReviewView } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { fileField } from "../file-field";
import { loadedSection } from "../screen";

const STARS = [1, 2, 3, 4, 5];
const MAX_PICTURES = 5;

/** Create the part of the page about the review; null before the appointment took place. */
export function reviewPart(item: AppointmentView, signal: AbortSignal): HTMLElement | null {
  if (item.status !== "completed") return null;
  const own = loadedSection<ReviewView | null>({
    key: `my/review/${item.id}`,
    load: () => findReview(item.id, signal),
    render: (review) => [review ? written(review, changed) : editor(item, null, changed)],
    signal,
  });
  const changed = (): void => void own.reload();
  return h(
    "section",
    { class: "block", id: "review" },
    h("h2", {}, t("appointments.review")),
    own.element,
  );
}

async function findReview(appointmentId: string, signal: AbortSignal): Promise<ReviewView | null> {
  const query = { side: "written", limit: 50 } as const;
  const { items } = await api("get", "/v1/profiles/reviews", { query, signal });
  return items.find((review) => review.appointmentId === appointmentId) ?? null;
}

function written(review: ReviewView, changed: () => void): HTMLElement {
  const element = h("div", { class: "stack" });
  const edit = h("button", { class: "secondary" }, t("common.edit"));
  const remove = h("button", { class: "quiet" }, t("common.delete"));
  on(edit, { click: () => fill(element, editor(null, review, changed)) });
  on(remove, {
    click: () =>
      void api("delete", "/v1/profiles/reviews/{id}", { path: { id: review.id } }).then(changed),
  });
  fill(
    element,
    h(
      "p",
      { class: "stars" },
      h(
        "span",
        { "aria-hidden": "true" },
        "★".repeat(review.rating) + "☆".repeat(5 - review.rating),
      ),
      h("span", { class: "unseen" }, t("appointments.ratingOf", { rating: review.rating })),
    ),
    review.text ? h("p", { class: "pre" }, review.text) : null,
    review.reply
      ? h("p", { class: "muted" }, t("appointments.reply", { text: review.reply.text }))
      : null,
    h("div", { class: "actions" }, edit, remove),
  );
  return element;
}

function editor(
  item: AppointmentView | null,
  review: ReviewView | null,
  changed: () => void,
): HTMLElement {
  const pictures = fileField({
    label: t("appointments.reviewPictures"),
    purpose: "message",
    accept: "image/jpeg,image/png,image/webp",
    limit: MAX_PICTURES,
  });
  const text = {
    name: "text",
    label: t("appointments.reviewText"),
    type: "textarea",
    maxlength: 2000,
    required: false,
    value: review?.text ?? "",
  };
  const save = async (values: Record<string, string>): Promise<void> => {
    const added = await pictures.uploaded();
    const content = { rating: Number(values["rating"]), text: values["text"] ?? "" };
    if (item) {
      const body = { appointmentId: item.id, ...content, pictures: added };
      await api("post", "/v1/profiles/reviews", { body });
    } else if (review) {
      const body = { ...content, pictures: [...(review.pictures ?? []), ...added] };
      await api("patch", "/v1/profiles/reviews/{id}", { path: { id: review.id }, body });
    }
    toast(t("appointments.reviewSaved"));
    changed();
  };
  const element = form([text], t("common.save"), save, pictures.element);
  element.prepend(rating(review?.rating ?? 5));
  return element;
}

function rating(chosen: number): HTMLElement {
  return h(
    "fieldset",
    { class: "rating" },
    h("legend", {}, t("appointments.rating")),
    ...STARS.map((star) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: "rating", value: star, checked: star === chosen }),
        h("span", { "aria-hidden": "true" }, "★".repeat(star)),
        h("span", { class: "unseen" }, t("appointments.ratingOf", { rating: star })),
      ),
    ),
  );
}
