/** Sign-in with identity providers such as Google: buttons, and the page that they return to. */

import { Problem, request } from "../api/http";
import { api } from "../api/client";
import type { IdentityView, ProviderView } from "../api/schema";
import { fill, h, on } from "../dom";
import { toast } from "../layout";
import { t } from "../messages";
import { type Page, type Visit, go } from "../router";
import { completion } from "./factors";
import { describe } from "./parts";

/** What the page needs that a provider returns to. Only this tab has it. */
interface Pending {
  provider: string;
  attemptId: string;
  action: "finish" | "link";
  next: string;
}

const KEY = "provider";

/** Return a button for each provider, or null where none is configured. */
export async function providerButtons(
  action: Pending["action"],
  next: string,
  linked: readonly string[] = [],
): Promise<HTMLElement | null> {
  const items = await listProviders();
  const buttons = items
    .filter(({ id }) => !linked.includes(id))
    .map((provider) => button(provider, action, next));
  return buttons.length ? h("div", { class: "actions" }, ...buttons) : null;
}

/** Return the providers that the account is linked to, each with a button that removes the link. */
export async function linkedProviders(): Promise<HTMLElement> {
  const element = h("div", {});
  await showLinked(element);
  return element;
}

/** The page that a provider returns to: it signs in, or links the provider to the account. */
export async function providerReturn({ path, query }: Visit): Promise<Page> {
  const content = h("section", { class: "narrow" });
  const page = { title: t("signIn.title"), content };
  const answer = new URLSearchParams([...query, ...new URLSearchParams(location.hash.slice(1))]);
  // The code must not stay in the history, nor work for another tab.
  history.replaceState(null, "", location.pathname);
  const pending = takePending();
  const [state, code] = [answer.get("state"), answer.get("code")];
  if (!pending || pending.provider !== path["provider"] || !state || !code) {
    fill(content, ...failure(t("signIn.notCompleted")));
    return page;
  }
  const body = {
    attemptId: pending.attemptId,
    state,
    code,
    ...(answer.has("iss") ? { iss: answer.get("iss") ?? "" } : {}),
    ...(answer.has("name") ? { name: answer.get("name") ?? "" } : {}),
  };
  const parameters = { path: { provider: pending.provider } };
  const complete = completion(content, pending.next);
  try {
    if (pending.action === "link") {
      await api("post", "/v1/auth/providers/{provider}/link", { ...parameters, body });
      toast(t("signIn.linked"));
      go(pending.next, { replace: true });
    } else {
      const path = "/v1/auth/providers/{provider}/finish";
      await complete(await request(null, "post", path, { ...parameters, body }));
    }
  } catch (error) {
    fill(content, ...failure(explain(error)));
  }
  return page;
}

async function listProviders(): Promise<ProviderView[]> {
  const { items } = await request(null, "get", "/v1/auth/providers", {});
  return items;
}

function button(provider: ProviderView, action: Pending["action"], next: string): HTMLElement {
  const element = h(
    "button",
    { class: "secondary" },
    t("signIn.continueWith", { name: provider.name }),
  );
  return on(element, { click: () => void leaveFor(provider.id, action, next) });
}

async function leaveFor(provider: string, action: Pending["action"], next: string): Promise<void> {
  try {
    const { attemptId, authorizeUrl } = await request(
      null,
      "post",
      "/v1/auth/providers/{provider}/start",
      { path: { provider }, body: {} },
    );
    const pending = { provider, attemptId, action, next } satisfies Pending;
    sessionStorage.setItem(KEY, JSON.stringify(pending));
    location.assign(authorizeUrl);
  } catch (error) {
    toast(describe(error));
  }
}

function takePending(): Pending | null {
  const stored = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return stored ? (JSON.parse(stored) as Pending) : null;
}

async function showLinked(element: HTMLElement): Promise<void> {
  const { items } = await api("get", "/v1/auth/identities", {});
  const rows = items.map((identity) => linkedRow(identity, element));
  const linked = items.map(({ provider }) => provider);
  fill(element, ...rows, await providerButtons("link", "/account/security", linked));
}

function linkedRow({ provider, name }: IdentityView, element: HTMLElement): HTMLElement {
  const remove = h(
    "button",
    { class: "quiet", "aria-label": t("signIn.removeLinkOf", { name }) },
    t("signIn.removeLink"),
  );
  const unlink = async (): Promise<void> => {
    try {
      await api("delete", "/v1/auth/providers/{provider}/link", { path: { provider } });
      await showLinked(element);
    } catch (error) {
      toast(describe(error));
    }
  };
  return h(
    "p",
    { class: "setting-row" },
    t("signIn.linkedTo", { name }),
    on(remove, { click: () => void unlink() }),
  );
}

function explain(error: unknown): string {
  if (error instanceof Problem && error.code === "identity_not_linked")
    return t("signIn.notLinked");
  return describe(error);
}

function failure(text: string): HTMLElement[] {
  return [
    h("h1", {}, t("signIn.notSignedIn")),
    h("p", { class: "failure", role: "alert" }, text),
    h("p", {}, h("a", { class: "button primary", href: "/sign-in" }, t("signIn.signIn"))),
  ];
}
