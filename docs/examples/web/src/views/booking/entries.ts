/** What the client enters with a booking: notes, a voucher and a confirmation of age. */

import { type Child, h, on } from "../../dom";
import { fieldRow } from "../../forms";
import { t } from "../../messages";
import { agePolicy } from "./agreement";
import { type Draft, type Offer, writeDraft } from "./choice";

/** Create the field of notes for the artist. */
export function notesField(offer: Offer, draft: Draft): HTMLElement {
  const row = fieldRow({
    name: "notes",
    label: t("booking.notes"),
    type: "textarea",
    hint: t("booking.notesHint", { name: offer.artist.name }),
    required: false,
    rows: 3,
    maxlength: 2000,
    value: draft.notes,
  });
  const input = row.querySelector("textarea");
  if (input) on(input, { input: () => keep(offer, draft, { notes: input.value }) });
  return row;
}

/** Create the field of a voucher's code; `apply` checks it, where somebody is signed in. */
export function voucherField(offer: Offer, draft: Draft, apply: (() => void) | null): HTMLElement {
  const row = fieldRow({
    name: "voucherCode",
    label: t("booking.voucherCode"),
    required: false,
    maxlength: 64,
    value: draft.voucherCode,
    ...(apply ? {} : { hint: t("booking.voucherLater") }),
  });
  const input = row.querySelector("input");
  if (input) {
    input.autocapitalize = "characters";
    on(input, { input: () => keep(offer, draft, { voucherCode: input.value.trim() }) });
  }
  const button = h("button", { type: "button", class: "secondary" }, t("booking.voucherApply"));
  return h(
    "details",
    { class: "voucher", open: draft.voucherCode !== "" },
    h("summary", {}, t("booking.voucher")),
    h("div", { class: "voucher-line" }, row, apply ? on(button, { click: apply }) : null),
  );
}

/** Create the question of age, where a policy of the artist asks for it. */
export function ageField(offer: Offer, draft: Draft): HTMLElement | null {
  const policy = agePolicy(offer);
  if (!policy) return null;
  const { minimumAge, guardianConsentFrom } = policy.rules;
  const choice = (value: Draft["ageBasis"], label: string): Child => {
    const id = `age-${value}`;
    const checked = draft.ageBasis === value;
    const input = h("input", { type: "radio", name: "ageConfirmation", id, value, checked });
    on(input, { change: () => keep(offer, draft, { ageBasis: value }) });
    return h("div", { class: "radio" }, input, h("label", { for: id }, label));
  };
  return h(
    "fieldset",
    { class: "age" },
    h("legend", {}, t("booking.age")),
    choice("of_age", t("booking.ofAge", { count: minimumAge })),
    typeof guardianConsentFrom === "number"
      ? choice("guardian_consents", t("booking.guardian", { count: guardianConsentFrom }))
      : null,
  );
}

function keep({ service }: Offer, draft: Draft, change: Partial<Draft>): void {
  Object.assign(draft, change);
  writeDraft(service.id, draft);
}
