/** Passkeys: sign in by one, and add, list and remove those of the account. */

import { api } from "../api/client";
import { Problem, request } from "../api/http";
import type { NewCredential, Passkey, Tokens, UsedCredential } from "../api/schema";
import { fill, h, on } from "../dom";
import { form } from "../forms";
import { toast } from "../layout";
import { startSession } from "../session";

type Proof = { attemptId: string; credential: UsedCredential };

/** Return a button that signs in by a passkey, or null in a browser without them. */
export function passkeyButton(complete: (tokens: Tokens) => Promise<void>): HTMLElement | null {
  if (!isSupported()) return null;
  const button = h("button", { class: "secondary" }, "Use a passkey");
  const signIn = async (): Promise<void> => {
    const body = await usePasskey();
    await complete(await request(null, "post", "/v1/auth/passkeys/sign-in", { body }));
  };
  return on(button, { click: () => void attempt(signIn) });
}

/** Return the passkeys of the account, with buttons that add and remove them. */
export async function passkeys(): Promise<HTMLElement> {
  const element = h("div", {});
  await show(element);
  return element;
}

function isSupported(): boolean {
  return "PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential;
}

async function usePasskey(): Promise<Proof> {
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
    name: "This device",
    credential: credential.toJSON() as NewCredential,
  };
  await api("post", "/v1/auth/passkeys", { body });
}

async function show(element: HTMLElement): Promise<void> {
  const { items } = await api("get", "/v1/auth/passkeys", {});
  const button = h("button", { class: "secondary" }, "Add a passkey");
  on(button, { click: () => void change(element, add) });
  fill(element, ...items.map((item) => row(item, element)), isSupported() ? button : null);
}

function row({ id, name, createdAt }: Passkey, element: HTMLElement): HTMLElement {
  const remove = h("button", { class: "quiet" }, "Remove");
  const removal = async (): Promise<void> => {
    await api("delete", "/v1/auth/passkeys/{id}", { path: { id } });
  };
  const since = new Date(createdAt).toLocaleDateString();
  on(remove, { click: () => void change(element, removal) });
  return h("p", {}, `${name}, since ${since}. `, remove);
}

/** Make a sensitive change, after a proof of who the user is where the API asks for one. */
async function change(element: HTMLElement, make: () => Promise<void>): Promise<void> {
  await attempt(async () => {
    try {
      await make();
      await show(element);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "step_up_required") throw error;
      fill(
        element,
        stepUp(error.details.accepts ?? [], () => change(element, make)),
      );
    }
  });
}

function stepUp(accepts: readonly string[], proved: () => Promise<void>): HTMLElement {
  const complete = async (body: { password?: string; code?: string; passkey?: Proof }) => {
    await startSession(await api("post", "/v1/auth/step-up", { body }));
    await proved();
  };
  if (accepts.includes("passkey") && isSupported()) {
    const button = h("button", { class: "primary" }, "Use a passkey");
    const prove = async (): Promise<void> => complete({ passkey: await usePasskey() });
    return on(button, { click: () => void attempt(prove) });
  }
  if (accepts.includes("code")) {
    const field = { name: "code", label: "Code", autocomplete: "one-time-code" } as const;
    return form([field], "Continue", ({ code = "" }) => complete({ code }));
  }
  if (accepts.includes("password")) {
    const autocomplete = "current-password";
    const field = { name: "password", label: "Password", type: "password", autocomplete } as const;
    return form([field], "Continue", ({ password = "" }) => complete({ password }));
  }
  return h("p", {}, "Sign out and in again, then repeat this.");
}

async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof DOMException) return; // the user cancelled
    toast(error instanceof Error ? error.message : String(error));
  }
}
