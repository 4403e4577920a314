/** The deposit of an appointment: what is due and where to pay it, and what became of it. */

import { api } from "../../api/client";
import type { AppointmentView, BankDetails, DepositView, LedgerEntry } from "../../api/schema";
import { h, on } from "../../dom";
import { date, moment, money } from "../../format";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { fileField } from "../file-field";
import { fileLinks } from "../file-links";
import { isArtistOf, isDepositDue } from "./status";

const MAX_FILES = 5;

/** Create the part of the page about the deposit; `changed` is called when something did. */
export function depositPart(item: AppointmentView, changed: () => void): HTMLElement {
  const deposit = item.deposit as DepositView;
  const canPay = !isArtistOf(item) && isDepositDue(item);
  const rejected = deposit.state === "rejected" ? deposit.entries.at(-1)?.note : "";
  return h(
    "section",
    { class: "block deposit", id: "deposit" },
    h("h2", {}, t("appointments.deposit")),
    h("p", {}, h("strong", {}, money(deposit)), " · ", t(`appointments.deposit_${deposit.state}`)),
    deposit.dueAt
      ? h(
          "p",
          { class: "muted" },
          t("appointments.depositDueAt", { moment: moment(deposit.dueAt) }),
        )
      : null,
    rejected ? h("p", { class: "notice" }, rejected) : null,
    canPay && deposit.bankDetails ? bankDetails(deposit.bankDetails) : null,
    canPay && !deposit.bankDetails
      ? h("p", { class: "muted" }, t("appointments.noBankDetails"))
      : null,
    canPay ? proofForm(item, changed) : null,
    history(deposit),
  );
}

function bankDetails(bank: BankDetails): HTMLElement {
  const rows: [string, string | null | undefined][] = [
    [t("appointments.accountName"), bank.accountName],
    [t("appointments.iban"), bank.iban],
    [t("appointments.bic"), bank.bic],
    [t("appointments.bsb"), bank.bsb],
    [t("appointments.accountNumber"), bank.accountNumber],
    [t("appointments.reference"), bank.reference],
  ];
  const shown = rows.filter(([, value]) => value);
  return h(
    "dl",
    { class: "descriptions bank" },
    ...shown.flatMap(([name, value]) => [
      h("dt", {}, name),
      h("dd", {}, h("span", {}, value ?? ""), copyButton(name, value ?? "")),
    ]),
  );
}

function copyButton(name: string, value: string): HTMLElement {
  const label = t("appointments.copyValue", { name });
  const button = h("button", { class: "quiet", "aria-label": label }, t("appointments.copy"));
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    toast(t("appointments.copied"));
  };
  return on(button, { click: () => void copy() });
}

function proofForm(item: AppointmentView, changed: () => void): HTMLElement {
  const files = fileField({
    label: t("appointments.proofFiles"),
    purpose: "proof",
    accept: "image/jpeg,image/png,image/webp,application/pdf",
    limit: MAX_FILES,
  });
  const reference = {
    name: "reference",
    label: t("appointments.proofReference"),
    hint: t("appointments.proofReferenceHint"),
    maxlength: 500,
    value: item.deposit?.bankDetails?.reference ?? "",
  };
  const report = form(
    [reference],
    t("appointments.proofSend"),
    async (values) => {
      const body = { reference: values["reference"] ?? "", files: await files.uploaded() };
      await api("post", "/v1/appointments/{id}/deposit/proof", { path: { id: item.id }, body });
      toast(t("appointments.proofSent"));
      changed();
    },
    files.element,
  );
  return h("div", { class: "panel" }, h("h3", {}, t("appointments.proofTitle")), report);
}

function history({ entries, currency }: DepositView): HTMLElement | null {
  if (entries.length < 2) return null;
  const row = (entry: LedgerEntry): HTMLElement =>
    h(
      "li",
      {},
      h(
        "p",
        {},
        `${date(entry.at)} · ${t(`appointments.deposit_${entry.state}`)} · `,
        money({ amount: entry.amount, currency }),
      ),
      entry.note ? h("p", { class: "muted" }, entry.note) : null,
      entry.files?.length ? fileLinks(entry.files) : null,
    );
  return h(
    "details",
    {},
    h("summary", {}, t("appointments.depositHistory")),
    h("ul", { class: "ledger" }, ...entries.map(row)),
  );
}
