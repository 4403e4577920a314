/** The addresses that messages go to: phone number, birthday, and addresses that do not work. */

import { api } from "../../api/client";
import type { ContactDetails, SuppressedAddress } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { date, localZone } from "../../format";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { getLanguage, t } from "../../messages";
import { describe } from "../parts";

/** Create the parts of the page about addresses; `changed` is called when one did. */
export function contact(details: ContactDetails, changed: () => void): HTMLElement[] {
  const broken = details.suppressions.map((each) => suppression(each, changed));
  return [
    ...broken,
    h("section", { class: "part" }, h("h2", {}, t("account.phone")), phone(details, changed)),
    h("section", { class: "part" }, h("h2", {}, t("account.birthday")), birthday(details, changed)),
  ];
}

/** Say why an address gets nothing, and how to change that. */
function suppression(
  { channel, address, reason, since }: SuppressedAddress,
  changed: () => void,
): HTMLElement {
  const text = t(`account.suppressed_${reason}`, { address, date: date(since) });
  const element = h("div", { class: "panel notice", role: "status" }, h("p", {}, text));
  if (channel !== "email" || reason === "gone") return element;
  const button = h("button", { class: "secondary" }, t("account.sendCode"));
  const send = async (): Promise<void> => {
    await api("post", "/v1/notifications/contact/email", {});
    const verify = codeForm(async (code) => {
      await api("post", "/v1/notifications/contact/email/verify", { body: { code } });
      changed();
    });
    fill(element, h("p", {}, t("account.codeSentTo", { address })), verify);
  };
  on(button, { click: () => void attempt(send) });
  element.append(button);
  return element;
}

function codeForm(submit: (code: string) => Promise<void>): HTMLElement {
  const field = {
    name: "code",
    label: t("account.code"),
    autocomplete: "one-time-code",
    inputmode: "numeric",
    pattern: "[0-9]{6}",
  } as const;
  return form([field], t("account.continue"), ({ code = "" }) => submit(code));
}

function phone(details: ContactDetails, changed: () => void): HTMLElement {
  const element = h("div", { class: "stack" });
  const field: Field = {
    name: "phone",
    label: t("account.phoneNumber"),
    type: "tel",
    autocomplete: "tel",
    hint: t("account.phoneHint"),
    value: details.phone ?? "",
  };
  const send = async ({ phone: number = "" }: Record<string, string>): Promise<void> => {
    await api("post", "/v1/notifications/contact/phone", { body: { phone: number } });
    const verify = codeForm(async (code) => {
      await api("post", "/v1/notifications/contact/phone/verify", { body: { code } });
      toast(t("common.saved"));
      changed();
    });
    fill(element, h("p", {}, t("account.codeSentTo", { address: number })), verify);
    element.querySelector("input")?.focus();
  };
  const remove = h("button", { class: "quiet" }, t("account.removePhone"));
  const removal = async (): Promise<void> => {
    await api("delete", "/v1/notifications/contact/phone", {});
    changed();
  };
  on(remove, { click: () => void attempt(removal) });
  fill(element, form([field], t("account.sendCode"), send), details.phone ? remove : null);
  return element;
}

function birthday({ birthday: known }: ContactDetails, changed: () => void): HTMLElement {
  const monthName = new Intl.DateTimeFormat(getLanguage(), { month: "long", timeZone: "UTC" });
  const months = Array.from({ length: 12 }, (_, index): [string, string] => [
    String(index + 1),
    monthName.format(Date.UTC(2024, index, 1)),
  ]);
  const fields: Field[] = [
    {
      name: "day",
      label: t("account.day"),
      type: "number",
      min: 1,
      max: 31,
      value: String(known?.day ?? ""),
    },
    {
      name: "month",
      label: t("account.month"),
      type: "select",
      options: months,
      value: String(known?.month ?? 1),
    },
  ];
  const save = async ({ day, month }: Record<string, string>): Promise<void> => {
    const body = { day: Number(day), month: Number(month), timeZone: known?.timeZone ?? localZone };
    await api("put", "/v1/notifications/contact/birthday", { body });
    toast(t("common.saved"));
    changed();
  };
  const remove = h("button", { class: "quiet" }, t("account.removeBirthday"));
  const removal = async (): Promise<void> => {
    await api("delete", "/v1/notifications/contact/birthday", {});
    changed();
  };
  on(remove, { click: () => void attempt(removal) });
  return h(
    "div",
    { class: "stack" },
    h("p", { class: "muted" }, t("account.birthdayText")),
    form(fields, t("common.save"), save),
    known ? remove : null,
  );
}

async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    toast(describe(error));
  }
}
