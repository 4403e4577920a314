/** Passkeys: sign in by one, and add, list and remove those of the account. */

import { api } from "../api/client";
import { request } from "../api/http";
import type { NewCredential, Passkey, Tokens, UsedCredential } from "../api/schema";
import { fill, h, on } from "../dom";
import { date } from "../format";
import { toast } from "../layout";
import { t } from "../messages";
import { withStepUp } from "./account/step-up";
import { describe } from "./parts";

type PasskeyUse = { attemptId: string; credential: UsedCredential };

/** Return a button that signs in by a passkey, or null in a browser without them. */
export function passkeyButton(complete: (tokens: Tokens) => Promise<void>): HTMLElement | null {
  if (!canUsePasskeys()) return null;
  const button = h("button", { class: "secondary" }, t("account.usePasskey"));
  const signIn = async (): Promise<void> => {
    const body = await usePasskey();
    await complete(await request(null, "post", "/v1/auth/passkeys/sign-in", { body }));
  };
  return on(button, { click: () => void attempt(signIn) });
}

/** Return the passkeys of the account, with buttons that add and remove them. */
export async function passkeys(): Promise<HTMLElement> {
  const element = h("div", { class: "stack" });
  await show(element);
  return element;
}

/** Return whether this browser has passkeys. */
export function canUsePasskeys(): boolean {
  return "PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential;
}

/** Let the browser use a passkey. Throws a DOMException if the user cancels. */
export async function usePasskey(): Promise<PasskeyUse> {
  const begun = await request(null, "post", "/v1/auth/passkeys/sign-in/options", {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(begun.publicKey);
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const answer = credential.toJSON() as UsedCredential;
  return { attemptId: begun.attemptId, credential: answer };
}

async function add(): Promise<void> {
  const begun = await api("post", "/v1/auth/passkeys/options", {});
  const options = begun.publicKey as PublicKeyCredentialCreationOptionsJSON;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const body = {
    attemptId: begun.attemptId,
    name: t("account.thisDevice"),
    credential: credential.toJSON() as NewCredential,
  };
  await api("post", "/v1/auth/passkeys", { body });
}

async function show(element: HTMLElement): Promise<void> {
  const { items } = await api("get", "/v1/auth/passkeys", {});
  const button = h("button", { class: "secondary" }, t("account.addPasskey"));
  on(button, { click: () => void change(element, add) });
  fill(
    element,
    items.length === 0 && h("p", { class: "muted" }, t("account.noPasskeys")),
    items.length > 0 &&
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, row(item, element)))),
    canUsePasskeys() ? button : null,
  );
}

function row({ id, name, createdAt }: Passkey, element: HTMLElement): HTMLElement {
  const label = t("account.removePasskey", { name });
  const remove = h("button", { class: "quiet", "aria-label": label }, t("account.remove"));
  const removal = async (): Promise<void> => {
    await api("delete", "/v1/auth/passkeys/{id}", { path: { id } });
  };
  on(remove, { click: () => void change(element, removal) });
  const since = t("account.since", { date: date(createdAt) });
  return h(
    "div",
    { class: "setting-row" },
    h("div", {}, h("strong", {}, name), h("p", { class: "muted" }, since)),
    remove,
  );
}

async function change(element: HTMLElement, make: () => Promise<void>): Promise<void> {
  await attempt(async () => {
    await withStepUp(make);
    await show(element);
  });
}

async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof DOMException) return; // the user cancelled
    toast(describe(error));
  }
}
