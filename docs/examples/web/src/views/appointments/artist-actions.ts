/** What the artist of an appointment can do: answer it, say how it ended, and settle its deposit. */

import { api } from "../../api/client";
import type { AppointmentView } from "../../api/schema";
import { h, on } from "../../dom";
import { money } from "../../format";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { openDialog } from "../dialog";
import { describe } from "../parts";
import { ask } from "./charges";

/** Create the part of the page with the artist's actions; null if there are none. */
export function artistActions(item: AppointmentView, changed: () => void): HTMLElement | null {
  const buttons = [
    ...answers(item, changed),
    ...outcomes(item, changed),
    ...depositActions(item, changed),
  ];
  if (buttons.length === 0) return null;
  return h(
    "section",
    { class: "block" },
    h("h2", {}, t("appointments.decide")),
    h("div", { class: "actions" }, ...buttons),
  );
}

/** Create the buttons that confirm or decline a request. */
export function answers({ id, status }: AppointmentView, changed: () => void): HTMLElement[] {
  if (status !== "pending") return [];
  const path = { id };
  const confirm = act(t("appointments.confirm"), "primary", async () => {
    await api("post", "/v1/appointments/{id}/confirm", { path });
    toast(t("appointments.confirmed"));
    changed();
  });
  const decline = ask(
    t("appointments.decline"),
    async (reason) => {
      await api("post", "/v1/appointments/{id}/decline", { path, body: { reason } });
      toast(t("appointments.declined"));
      changed();
    },
    { required: false, text: t("appointments.declineText") },
  );
  return [confirm, decline];
}

function outcomes(item: AppointmentView, changed: () => void): HTMLElement[] {
  const { id, status, startsAt } = item;
  const path = { id };
  if (status === "confirmed" && Date.parse(startsAt) <= Date.now()) {
    const complete = act(t("appointments.complete"), "primary", async () => {
      await api("post", "/v1/appointments/{id}/complete", { path });
      changed();
    });
    const missed = act(t("appointments.noShow"), "secondary", async () => {
      await api("post", "/v1/appointments/{id}/no-show", { path });
      changed();
    });
    return [complete, missed];
  }
  if (status !== "completed" && status !== "no_show") return [];
  const correct = async (reason: string): Promise<void> => {
    await api("post", "/v1/appointments/{id}/correct", { path, body: { reason } });
    changed();
  };
  return [ask(t("appointments.correct"), correct, { text: t("appointments.correctText") })];
}

/** Create the buttons that settle the deposit. */
export function depositActions(item: AppointmentView, changed: () => void): HTMLElement[] {
  const { id, deposit, balance } = item;
  if (!deposit) return [];
  const path = { id };
  const buttons: HTMLElement[] = [];
  if (["requested", "overdue", "rejected", "proof_submitted"].includes(deposit.state)) {
    buttons.push(
      act(t("appointments.depositConfirm"), "primary", async () => {
        await api("post", "/v1/appointments/{id}/deposit/confirm", { path, body: {} });
        changed();
      }),
      ask(t("appointments.depositWaive"), async (reason) => {
        await api("post", "/v1/appointments/{id}/deposit/waive", { path, body: { reason } });
        changed();
      }),
    );
  }
  if (deposit.state === "proof_submitted") {
    buttons.push(
      ask(t("appointments.depositReject"), async (note) => {
        await api("post", "/v1/appointments/{id}/deposit/reject", { path, body: { note } });
        changed();
      }),
    );
  }
  if (balance.held > 0 || balance.forfeited > 0) buttons.push(refund(item, changed));
  return buttons;
}

function refund({ id, deposit, balance }: AppointmentView, changed: () => void): HTMLElement {
  const label = t("appointments.depositRefund");
  const currency = deposit?.currency ?? balance.currency;
  const most = money({ amount: balance.held || balance.forfeited, currency });
  const button = h("button", { class: "secondary" }, label);
  const note = { name: "note", label: t("appointments.note"), maxlength: 500, required: false };
  const open = (): void => {
    const submit = form([note], label, async (values) => {
      const body = { note: values["note"] ?? "" };
      const idempotencyKey = crypto.randomUUID();
      const path = { id };
      await api("post", "/v1/appointments/{id}/deposit/refund", { path, body, idempotencyKey });
      dialog.close();
      changed();
    });
    const text = h("p", {}, t("appointments.depositRefundText", { amount: most }));
    const dialog = openDialog(label, h("h2", {}, label), text, submit);
  };
  return on(button, { click: open });
}

/** Create a button that acts at once. */
function act(label: string, style: string, action: () => Promise<void>): HTMLElement {
  const button = h("button", { class: style }, label);
  const run = async (): Promise<void> => {
    button.disabled = true;
    try {
      await action();
    } catch (error) {
      toast(describe(error));
      button.disabled = false;
    }
  };
  return on(button, { click: () => void run() });
}
