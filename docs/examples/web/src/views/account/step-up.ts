/** Step-up: prove again who one is, before a sensitive change. */

import { api } from "../../api/client";
import { Problem } from "../../api/http";
import { fill, h, on } from "../../dom";
import { form } from "../../forms";
import { t } from "../../messages";
import { continueSession } from "../../session";
import { openDialog } from "../dialog";
import { canUsePasskeys, usePasskey } from "../passkeys";

type Proof = { password: string } | { code: string } | { passkey: PasskeyUse };
type PasskeyUse = Awaited<ReturnType<typeof usePasskey>>;

/**
 * Make a sensitive change, after a proof of who the user is where the API asks for one.
 *
 * Throws what `change` throws; nothing happens if the user closes the dialog.
 */
export async function withStepUp<T>(change: () => Promise<T>): Promise<T | undefined> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "step_up_required") throw error;
    const isProved = await prove(error.details.accepts ?? []);
    return isProved ? change() : undefined;
  }
}

/** Ask for one of the accepted proofs in a dialog; return whether one was given. */
function prove(accepts: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    let isProved = false;
    const submit = async (proof: Proof): Promise<void> => {
      await continueSession(await api("post", "/v1/auth/step-up", { body: proof }));
      isProved = true;
      dialog.close();
    };
    const cancel = on(h("button", { class: "quiet" }, t("common.cancel")), {
      click: () => dialog.close(),
    });
    const title = t("account.stepUpTitle");
    const dialog = openDialog(
      title,
      h("h2", {}, title),
      h("p", {}, t("account.stepUpText")),
      proofForm(accepts, submit),
      cancel,
    );
    on(dialog, { close: () => resolve(isProved) });
  });
}

function proofForm(
  accepts: readonly string[],
  submit: (proof: Proof) => Promise<void>,
): HTMLElement {
  if (accepts.includes("passkey") && canUsePasskeys()) return passkeyProof(submit);
  if (accepts.includes("code")) {
    const field = {
      name: "code",
      label: t("account.factorCode"),
      autocomplete: "one-time-code",
      hint: t("account.factorCodeHint"),
    } as const;
    return form([field], t("account.continue"), ({ code = "" }) => submit({ code }));
  }
  if (accepts.includes("password")) {
    const field = {
      name: "password",
      label: t("account.password"),
      type: "password",
      autocomplete: "current-password",
    } as const;
    return form([field], t("account.continue"), ({ password = "" }) => submit({ password }));
  }
  return h("p", {}, t("account.signInAgain"));
}

function passkeyProof(submit: (proof: Proof) => Promise<void>): HTMLElement {
  const failure = h("p", { class: "failure", role: "alert" });
  const button = h("button", { class: "primary" }, t("account.usePasskey"));
  const use = async (): Promise<void> => {
    try {
      await submit({ passkey: await usePasskey() });
    } catch (error) {
      if (error instanceof DOMException) return; // the user cancelled
      fill(failure, error instanceof Error ? error.message : String(error));
    }
  };
  return h("div", {}, on(button, { click: () => void use() }), failure);
}
