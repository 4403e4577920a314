import { api } from "../../api/client";
import { Problem } from "../../api/http";
import type { AppointmentView, BankDetails } from "../../api/schema";
import { h } from "../../dom";
import { moment, money } from "../../format";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { withStepUp } from "../account/step-up";
import { depositActions } from "../appointments/artist-actions";
import { fileLinks } from "../file-links";
import { backLink, empty, requireArtist } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";

/** The deposits that clients reported or owe, and the account that they are paid to. */
export const deposits = requireArtist(({ signal }: Visit): Page => {
  const list = loadedSection({
    key: "my/studio/deposits",
    load: () => api("get", "/v1/appointments/overview", { query: { role: "artist" }, signal }),
    render: ({ depositsDue }) => [
      h("ul", { class: "rows" }, ...depositsDue.map((item) => h("li", {}, row(item, reload)))),
    ],
    empty: ({ depositsDue }) =>
      depositsDue.length === 0 ? empty(t("studio.noDeposits"), t("studio.noDepositsText")) : null,
    signal,
  });
  const reload = (): void => void list.reload();
  const bank = loadedSection<BankDetails | null>({
    key: "my/studio/bank",
    load: () => loadBankDetails(signal),
    render: (details) => [bankForm(details, () => void bank.reload())],
    signal,
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.depositsTitle")),
    h("h2", { class: "unseen" }, t("studio.depositsTitle")),
    list.element,
    h("section", { class: "block" }, h("h2", {}, t("studio.bank")), bank.element),
  );
  return { title: t("studio.depositsTitle"), content };
});

function row(item: AppointmentView, changed: () => void): HTMLElement {
  const { deposit, service } = item;
  if (!deposit) return h("div", {});
  const proof = deposit.entries.findLast(({ state }) => state === "proof_submitted");
  return h(
    "article",
    { class: "appointment" },
    h("p", { class: `status ${deposit.state}` }, t(`appointments.deposit_${deposit.state}`)),
    h("h3", {}, h("a", { href: `/appointments/${item.id}` }, money(deposit))),
    personRow(
      item.clientId,
      item.walkInName,
      h("p", { class: "muted" }, `${service.name} · ${moment(item.startsAt)}`),
    ),
    proof?.note ? h("p", {}, t("studio.proofNote", { note: proof.note })) : null,
    proof?.files?.length ? fileLinks(proof.files) : null,
    h("div", { class: "actions" }, ...depositActions(item, changed)),
  );
}

async function loadBankDetails(signal: AbortSignal): Promise<BankDetails | null> {
  try {
    return await api("get", "/v1/appointments/bank-details", { signal });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

function bankForm(details: BankDetails | null, changed: () => void): HTMLElement {
  const optional = (name: keyof BankDetails, maxlength: number): Field => ({
    name,
    label: t(`appointments.${name}`),
    required: false,
    maxlength,
    value: details?.[name] ?? "",
  });
  const fields: Field[] = [
    { ...optional("accountName", 120), required: true },
    optional("iban", 42),
    optional("bic", 11),
    optional("bsb", 7),
    optional("accountNumber", 17),
    { ...optional("reference", 140), hint: t("studio.referenceHint") },
  ];
  return form(fields, t("common.save"), async (values) => {
    const body: BankDetails = {
      accountName: values["accountName"] ?? "",
      iban: values["iban"]?.replaceAll(" ", "") || null,
      bic: values["bic"] || null,
      bsb: values["bsb"] || null,
      accountNumber: values["accountNumber"] || null,
      reference: values["reference"] ?? "",
    };
    await withStepUp(() => api("put", "/v1/appointments/bank-details", { body }));
    toast(t("common.saved"));
    changed();
  });
}
