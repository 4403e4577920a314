import { api } from "../../api/client";
import type { ServiceRequest, ServiceView } from "../../api/schema";
import { h, on } from "../../dom";
import { type Field, fieldRow, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { amountValue, parseAmount } from "../../money";
import { type Page, type Visit, go } from "../../router";
import "../../styles/studio.css";
import { openDialog } from "../dialog";
import { backLink, describe, requireArtist } from "../parts";
import { loadedSection } from "../screen";

const CURRENCIES = ["EUR", "USD", "GBP", "CHF", "AUD", "CAD", "JPY", "PLN", "SEK", "DKK", "NOK"];
const HOUR_MINUTES = 60;
const NEW = "new";

/** The page that adds a service, or changes one. */
export const service = requireArtist(({ path, signal }: Visit): Page => {
  const { id = NEW } = path;
  const title = t(id === NEW ? "studio.addService" : "studio.editService");
  const editor =
    id === NEW
      ? serviceForm(null)
      : loadedSection<ServiceView>({
          key: `my/studio/service/${id}`,
          load: () => api("get", "/v1/appointments/services/{id}", { path: { id }, signal }),
          render: (value) => [serviceForm(value), deleteButton(value)],
          signal,
        }).element;
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/services", t("studio.services")),
    h("h1", {}, title),
    editor,
  );
  return { title, content };
});

function serviceForm(value: ServiceView | null): HTMLElement {
  const currency = value?.price.currency ?? "EUR";
  return form(
    basics(value, currency),
    t("common.save"),
    async (values) => {
      const body = read(values, value);
      if (value) {
        await api("put", "/v1/appointments/services/{id}", { path: { id: value.id }, body });
      } else {
        await api("post", "/v1/appointments/services", { body });
      }
      toast(t("common.saved"));
      go("/studio/services");
    },
    group("studio.groupDeposit", depositFields(value, currency)),
    group("studio.groupTimes", timeFields(value)),
  );
}

function basics(value: ServiceView | null, currency: string): Field[] {
  return [
    { name: "name", label: t("studio.serviceName"), maxlength: 120, value: value?.name ?? "" },
    {
      name: "description",
      label: t("studio.description"),
      type: "textarea",
      maxlength: 2000,
      required: false,
      value: value?.description ?? "",
    },
    {
      name: "location",
      label: t("appointments.where"),
      maxlength: 200,
      required: false,
      value: value?.location ?? "",
    },
    number("durationMinutes", "studio.minutes", value?.durationMinutes ?? 60, 5, 1440),
    {
      name: "price",
      label: t("studio.pricePerSitting"),
      inputmode: "decimal",
      pattern: "[0-9]+([.,][0-9]{1,2})?",
      value: value ? amountValue(value.price.amount, currency) : "",
    },
    {
      name: "currency",
      label: t("studio.currency"),
      type: "select",
      options: CURRENCIES.map((code) => [code, code]),
      value: currency,
    },
    {
      name: "mode",
      label: t("studio.mode"),
      type: "select",
      options: [
        ["direct", t("studio.mode_direct")],
        ["request", t("studio.mode_request")],
      ],
      value: value?.mode ?? "direct",
    },
    number("sittings", "studio.sittings", value?.sittings ?? 1, 1, 12),
  ];
}

function depositFields(value: ServiceView | null, currency: string): Field[] {
  const deposit = value?.deposit;
  const amount =
    deposit?.type === "fixed"
      ? amountValue(deposit.amount, currency)
      : deposit?.type === "percent"
        ? String(deposit.percent)
        : "";
  return [
    {
      name: "depositType",
      label: t("appointments.deposit"),
      type: "select",
      options: [
        ["none", t("studio.deposit_none")],
        ["by_policy", t("studio.deposit_by_policy")],
        ["percent", t("studio.deposit_percent")],
        ["fixed", t("studio.deposit_fixed")],
      ],
      value: deposit?.type ?? "none",
    },
    {
      name: "depositAmount",
      label: t("studio.depositAmount"),
      inputmode: "decimal",
      required: false,
      hint: t("studio.depositAmountHint"),
      value: amount,
    },
    {
      ...number(
        "refundableHours",
        "studio.refundable",
        value?.depositRefundableUntilHours ?? "",
        0,
        8784,
      ),
      required: false,
      hint: t("studio.refundableHint"),
    },
  ];
}

function timeFields(value: ServiceView | null): Field[] {
  const notice = (value?.minimumNoticeMinutes ?? 2 * HOUR_MINUTES) / HOUR_MINUTES;
  const limit = (name: "dailyLimit" | "weeklyLimit" | "monthlyLimit", max: number): Field => ({
    ...number(name, `studio.${name}`, value?.[name] ?? "", 1, max),
    required: false,
  });
  return [
    number("bufferBefore", "studio.bufferBefore", value?.bufferBeforeMinutes ?? 0, 0, 1440),
    number("bufferAfter", "studio.bufferAfter", value?.bufferAfterMinutes ?? 0, 0, 1440),
    number("notice", "studio.notice", notice, 0, 8760),
    number("horizon", "studio.horizon", value?.bookingHorizonDays ?? 90, 1, 730),
    number("interval", "studio.interval", value?.slotIntervalMinutes ?? 30, 5, 1440),
    limit("dailyLimit", 100),
    limit("weeklyLimit", 500),
    limit("monthlyLimit", 2000),
  ];
}

function number(
  name: string,
  label: Parameters<typeof t>[0],
  value: number | string,
  min: number,
  max: number,
): Field {
  return {
    name,
    label: t(label),
    type: "number",
    inputmode: "numeric",
    min,
    max,
    value: String(value),
  };
}

function group(title: Parameters<typeof t>[0], fields: readonly Field[]): HTMLElement {
  return h("fieldset", {}, h("legend", {}, t(title)), ...fields.map(fieldRow));
}

/** Return the request of what was filled in; what the form does not show stays as it was. */
function read(values: Record<string, string>, before: ServiceView | null): ServiceRequest {
  const currency = values["currency"] ?? "EUR";
  const whole = (name: string): number => Number(values[name] ?? 0);
  const wholeOrNull = (name: string): number | null => (values[name] ? Number(values[name]) : null);
  return {
    name: values["name"] ?? "",
    description: values["description"] ?? "",
    location: values["location"] ?? "",
    durationMinutes: whole("durationMinutes"),
    price: { amount: parseAmount(values["price"] ?? "", currency), currency },
    mode: values["mode"] === "request" ? "request" : "direct",
    sittings: whole("sittings"),
    deposit: readDeposit(values, currency),
    depositRefundableUntilHours: wholeOrNull("refundableHours"),
    bufferBeforeMinutes: whole("bufferBefore"),
    bufferAfterMinutes: whole("bufferAfter"),
    minimumNoticeMinutes: Math.round(Number(values["notice"]) * HOUR_MINUTES),
    bookingHorizonDays: whole("horizon"),
    slotIntervalMinutes: whole("interval"),
    dailyLimit: wholeOrNull("dailyLimit"),
    weeklyLimit: wholeOrNull("weeklyLimit"),
    monthlyLimit: wholeOrNull("monthlyLimit"),
    ...(before
      ? { waitlistMode: before.waitlistMode, waitlistAnswerMinutes: before.waitlistAnswerMinutes }
      : {}),
  };
}

function readDeposit(
  { depositType, depositAmount = "" }: Record<string, string>,
  currency: string,
): NonNullable<ServiceRequest["deposit"]> | null {
  if (depositType === "by_policy") return { type: "by_policy" };
  if (depositType === "percent") return { type: "percent", percent: Number(depositAmount) };
  if (depositType === "fixed")
    return { type: "fixed", amount: parseAmount(depositAmount, currency) };
  return null;
}

function deleteButton({ id, name }: ServiceView): HTMLElement {
  const label = t("studio.deleteService");
  const button = h("button", { class: "quiet" }, label);
  const remove = async (): Promise<void> => {
    try {
      await api("delete", "/v1/appointments/services/{id}", { path: { id } });
      dialog?.close();
      go("/studio/services");
    } catch (error) {
      toast(describe(error));
    }
  };
  let dialog: HTMLDialogElement | null = null;
  const open = (): void => {
    const sure = on(h("button", { class: "primary" }, label), { click: () => void remove() });
    const text = h("p", {}, t("studio.deleteServiceText", { name }));
    dialog = openDialog(label, h("h2", {}, label), text, sure);
  };
  return on(button, { click: open });
}
