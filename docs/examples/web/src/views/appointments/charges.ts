/** Charges: what changes of an appointment cost the client, and what became of that. */

import { api } from "../../api/client";
import type { AppointmentView, ChargeView } from "../../api/schema";
import { h, on } from "../../dom";
import { date, money } from "../../format";
import { form } from "../../forms";
import { t } from "../../messages";
import { openDialog } from "../dialog";

/** Create the part of the page about charges; null without any. */
export function charges(
  item: AppointmentView,
  isArtist: boolean,
  changed: () => void,
): HTMLElement | null {
  if (item.charges.length === 0) return null;
  return h(
    "section",
    { class: "block" },
    h("h2", {}, t("appointments.charges")),
    h(
      "ul",
      { class: "ledger" },
      ...item.charges.map((charge) => h("li", {}, ...row(item, charge, isArtist, changed))),
    ),
  );
}

function row(
  item: AppointmentView,
  charge: ChargeView,
  isArtist: boolean,
  changed: () => void,
): (HTMLElement | null)[] {
  const { currency, fee, open, at } = charge;
  const amount = (value: number): string => money({ amount: value, currency });
  return [
    h("p", {}, h("strong", {}, amount(fee)), ` · ${date(at)}`),
    h("p", { class: "muted" }, charge.explanation),
    open > 0
      ? h("p", { class: "notice" }, t("appointments.chargeOpen", { amount: amount(open) }))
      : h("p", { class: "muted" }, t("appointments.chargeClosed")),
    isArtist && open > 0 ? decisions(item, charge, changed) : null,
  ];
}

function decisions(item: AppointmentView, charge: ChargeView, changed: () => void): HTMLElement {
  const path = { id: item.id, number: String(charge.number) };
  const paid = ask(t("appointments.chargePaid"), async (reason) => {
    const body = { reason, source: "payment" } as const;
    await api("post", "/v1/appointments/{id}/charges/{number}/settle", { path, body });
    changed();
  });
  const kept = ask(t("appointments.chargeFromDeposit"), async (reason) => {
    const body = { reason, source: "deposit" } as const;
    await api("post", "/v1/appointments/{id}/charges/{number}/settle", { path, body });
    changed();
  });
  const waived = ask(t("appointments.chargeWaive"), async (reason) => {
    const body = { reason };
    await api("post", "/v1/appointments/{id}/charges/{number}/waive", { path, body });
    changed();
  });
  const held = item.deposit?.held ?? 0;
  return h("div", { class: "actions" }, paid, held > 0 ? kept : null, waived);
}

/** Create a button that asks for a reason in a dialog, and then acts. */
export function ask(
  label: string,
  act: (reason: string) => Promise<void>,
  { required = true, style = "secondary", text = "" } = {},
): HTMLElement {
  const button = h("button", { class: style }, label);
  const reason = {
    name: "reason",
    label: t("appointments.reason"),
    type: "textarea",
    rows: 3,
    maxlength: required ? 500 : 2000,
    hint: t("appointments.reasonHint"),
    required,
  };
  const open = (): void => {
    const submit = form([reason], label, async (values) => {
      await act(values["reason"] ?? "");
      dialog.close();
    });
    const cancel = on(h("button", { class: "quiet" }, t("common.cancel")), {
      click: () => dialog.close(),
    });
    const dialog = openDialog(
      label,
      h("h2", {}, label),
      text ? h("p", {}, text) : "",
      submit,
      cancel,
    );
  };
  return on(button, { click: open });
}
