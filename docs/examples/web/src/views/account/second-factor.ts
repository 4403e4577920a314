/** The authenticator app as second factor, and its recovery codes. */

import { api } from "../../api/client";
import type { SecondFactors, TotpSecret } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { date } from "../../format";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { describe } from "../parts";
import { withStepUp } from "./step-up";

/** Create the settings of the second factor; `changed` is called when it did. */
export function secondFactor(factors: SecondFactors, changed: () => void): HTMLElement {
  const element = h("div", { class: "stack" });
  if (factors.totpConfirmedAt) fill(element, ...enabled(factors, element, changed));
  else fill(element, ...disabled(element, changed));
  return element;
}

function codeForm(action: string, submit: (code: string) => Promise<void>): HTMLElement {
  const field = {
    name: "code",
    label: t("account.factorCode"),
    autocomplete: "one-time-code",
    hint: t("account.factorCodeHint"),
  } as const;
  return form([field], action, ({ code = "" }) => submit(code.trim()));
}

function enabled(
  { totpConfirmedAt, recoveryCodesLeft }: SecondFactors,
  element: HTMLElement,
  changed: () => void,
): HTMLElement[] {
  const replace = async (code: string): Promise<void> => {
    const body = { code };
    const made = await withStepUp(() => api("post", "/v1/auth/mfa/recovery-codes", { body }));
    if (made) fill(element, ...recoveryCodes(made.recoveryCodes, changed));
  };
  const remove = async (code: string): Promise<void> => {
    await withStepUp(() => api("delete", "/v1/auth/mfa/totp", { body: { code } }));
    changed();
  };
  const since = t("account.since", { date: date(totpConfirmedAt ?? "") });
  const left = t("account.recoveryCodesLeft", { count: recoveryCodesLeft });
  return [
    h("p", {}, `${t("account.factorOn")} ${since}. ${left}`),
    h(
      "details",
      {},
      h("summary", {}, t("account.newRecoveryCodes")),
      codeForm(t("account.newRecoveryCodes"), replace),
    ),
    h(
      "details",
      {},
      h("summary", {}, t("account.removeFactor")),
      codeForm(t("account.removeFactor"), remove),
    ),
  ];
}

function disabled(element: HTMLElement, changed: () => void): HTMLElement[] {
  const button = h("button", { class: "secondary" }, t("account.addFactor"));
  const begin = async (): Promise<void> => {
    try {
      const secret = await withStepUp(() => api("post", "/v1/auth/mfa/totp", {}));
      if (secret) fill(element, ...enrolment(secret, element, changed));
    } catch (error) {
      toast(describe(error));
    }
  };
  on(button, { click: () => void begin() });
  return [h("p", { class: "muted" }, t("account.factorOff")), button];
}

function enrolment(
  { secret, otpauthUrl }: TotpSecret,
  element: HTMLElement,
  changed: () => void,
): HTMLElement[] {
  const confirm = async (code: string): Promise<void> => {
    const made = await api("post", "/v1/auth/mfa/totp/confirm", { body: { code } });
    fill(element, ...recoveryCodes(made.recoveryCodes, changed));
  };
  return [
    h("p", {}, t("account.enterSecret")),
    h("p", {}, h("code", { class: "secret" }, secret.replaceAll(/(.{4})/g, "$1 ").trim())),
    h("p", {}, h("a", { href: otpauthUrl }, t("account.openApp"))),
    codeForm(t("account.confirmFactor"), confirm),
  ];
}

function recoveryCodes(codes: readonly string[], changed: () => void): HTMLElement[] {
  const copy = h("button", { class: "secondary" }, t("account.copy"));
  const done = h("button", { class: "primary" }, t("account.codesKept"));
  on(copy, {
    click: () =>
      void navigator.clipboard.writeText(codes.join("\n")).then(() => toast(t("account.copied"))),
  });
  on(done, { click: changed });
  return [
    h("p", {}, t("account.keepCodes")),
    h("ul", { class: "codes" }, ...codes.map((code) => h("li", {}, h("code", {}, code)))),
    h("div", { class: "actions" }, copy, done),
  ];
}
