/** The address of the account, and how to change it. */

import { api } from "../../api/client";
import { fill, h } from "../../dom";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { getCurrentUser } from "../../session";
import { inboxLink } from "../codes";
import { withStepUp } from "./step-up";

/** Create the address of the account with the steps that change it. */
export function changeEmail(): HTMLElement {
  const steps = h("div", { class: "stack" });
  const email = {
    name: "email",
    label: t("account.newEmail"),
    type: "email",
    autocomplete: "email",
  } as const;
  const password = {
    name: "password",
    label: t("account.password"),
    type: "password",
    autocomplete: "current-password",
    hint: t("account.passwordIfAny"),
    required: false,
  } as const;
  const ask = async (values: Record<string, string>): Promise<void> => {
    const { email: address = "", password: entered } = values;
    const body = { email: address, password: entered || null };
    const sent = await withStepUp(() => api("post", "/v1/auth/email", { body }));
    if (!sent) return;
    fill(steps, ...confirmation(sent.attemptId, address), await inboxLink());
    steps.querySelector("input")?.focus();
  };
  fill(steps, form([email, password], t("account.sendCodes"), ask));
  return h(
    "div",
    { class: "stack" },
    h("p", {}, getCurrentUser()?.email ?? ""),
    h("details", {}, h("summary", {}, t("account.changeEmail")), steps),
  );
}

function confirmation(attemptId: string, address: string): HTMLElement[] {
  const code = (name: string, label: string) =>
    ({
      name,
      label,
      autocomplete: "one-time-code",
      inputmode: "numeric",
      pattern: "[0-9]{6}",
    }) as const;
  const current = getCurrentUser()?.email ?? "";
  const fields = [
    code("newAddressCode", t("account.codeSentTo", { address })),
    code("currentAddressCode", t("account.codeSentTo", { address: current })),
  ];
  const confirm = form(fields, t("account.changeEmail"), async (values) => {
    const { newAddressCode = "", currentAddressCode = "" } = values;
    const body = { attemptId, newAddressCode, currentAddressCode };
    await api("post", "/v1/auth/email/confirm", { body });
    toast(t("account.emailChanged"));
  });
  return [h("p", {}, t("account.codesSent")), confirm];
}
