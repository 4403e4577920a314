import { request } from "../api/http";
import { fill, h, on } from "../dom";
import { type Field, form } from "../forms";
import { t } from "../messages";
import { type Page, type Visit } from "../router";
import { codeField, inboxLink, sentTo } from "./codes";
import { type HeadingLevel, completion } from "./factors";
import { passkeyButton } from "./passkeys";
import { providerButtons } from "./providers";

import "../styles/sign-in.css";

const emailField = () =>
  ({ name: "email", label: t("signIn.email"), type: "email", autocomplete: "username" }) as const;

/** The sign-in page: by password, a mailed code or a provider, and a second factor if there is one. */
export function signIn({ query }: Visit): Page {
  const next = nextOf(query);
  const content = h("section", { class: "narrow" });
  const byCode = `/sign-in/code?next=${encodeURIComponent(next)}`;
  const signUp = `/sign-up?next=${encodeURIComponent(next)}`;
  fill(
    content,
    h("h1", {}, t("signIn.welcome")),
    passwordForm(content, next),
    h(
      "p",
      { class: "aside links" },
      h("a", { href: byCode }, t("signIn.byCode")),
      h("a", { href: "/forgot-password" }, t("signIn.forgot")),
    ),
    h(
      "p",
      { class: "links" },
      t("signIn.newHere"),
      " ",
      h("a", { href: signUp }, t("signIn.createAccount")),
    ),
    otherWays(content, next),
  );
  return { title: t("signIn.title"), content };
}

/** The page to sign in by a mailed code, which opens an account at first use. */
export function signInByCode({ query }: Visit): Page {
  const next = nextOf(query);
  const content = h("section", { class: "narrow" });
  askForAddress(content, next, "h1", t("signIn.byCode"));
  return { title: t("signIn.byCode"), content };
}

/**
 * Create the part of a page that signs in: by a mailed code, which opens an account at first use,
 * or any other way. Then the page is shown again.
 */
export function signInPart(title: string, text: string): HTMLElement {
  const content = h("section", { class: "sign-in-part" });
  const next = location.pathname + location.search;
  askForAddress(content, next, "h2", title, text);
  return content;
}

function askForAddress(
  content: HTMLElement,
  next: string,
  level: HeadingLevel,
  title: string,
  text?: string,
): void {
  const name = {
    name: "name",
    label: t("signIn.name"),
    autocomplete: "name",
    hint: t("signIn.nameHint"),
    required: false,
    maxlength: 100,
  } as const satisfies Field;
  const again = (): void => askForAddress(content, next, level, title, text);
  const send = async (values: Record<string, string>): Promise<void> => {
    const { email = "", name: given = "" } = values;
    const body = given.trim() ? { email, name: given } : { email };
    const { attemptId } = await request(null, "post", "/v1/auth/code", { body });
    await askForCode(content, next, level, { email, attemptId, again });
  };
  fill(
    content,
    h(level, {}, title),
    text ? h("p", { class: "muted" }, text) : null,
    form([emailField(), name], t("signIn.sendCode"), send),
    level === "h2" ? moreWays(content, next, again) : null,
  );
}

async function askForCode(
  content: HTMLElement,
  next: string,
  level: HeadingLevel,
  { email, attemptId, again }: { email: string; attemptId: string; again: () => void },
): Promise<void> {
  const complete = completion(content, next, level);
  const verify = form([codeField(6, 10)], t("signIn.signIn"), async ({ code = "" }) => {
    const body = { attemptId, code };
    await complete(await request(null, "post", "/v1/auth/code/verify", { body }));
  });
  const heading = h(level, {}, t("signIn.checkEmail"));
  fill(content, heading, sentTo(email, again), verify, await inboxLink());
  content.querySelector("input")?.focus();
}

/** Create the list of other ways than a mailed code, for a part of a page. */
function moreWays(content: HTMLElement, next: string, again: () => void): HTMLElement {
  const byPassword = h("button", { class: "secondary" }, t("signIn.byPassword"));
  const showPassword = (): void => {
    const byCode = h("button", { class: "quiet" }, t("signIn.byCode"));
    fill(
      content,
      h("h2", {}, t("signIn.byPassword")),
      passwordForm(content, next, "h2"),
      h(
        "p",
        { class: "links" },
        on(byCode, { click: again }),
        h("a", { href: "/forgot-password" }, t("signIn.forgot")),
      ),
    );
    content.querySelector("input")?.focus();
  };
  const ways = otherWays(content, next, "h2");
  ways.prepend(on(byPassword, { click: showPassword }));
  return h("details", {}, h("summary", {}, t("signIn.otherWays")), ways);
}

function passwordForm(
  content: HTMLElement,
  next: string,
  level: HeadingLevel = "h1",
): HTMLFormElement {
  const password = {
    name: "password",
    label: t("signIn.password"),
    type: "password",
    autocomplete: "current-password",
  } as const;
  const complete = completion(content, next, level);
  return form([emailField(), password], t("signIn.signIn"), async (values) => {
    const { email = "", password: entered = "" } = values;
    const body = { email, password: entered };
    await complete(await request(null, "post", "/v1/auth/login", { body }));
  });
}

/** Create the buttons of a passkey and of the providers. */
function otherWays(content: HTMLElement, next: string, level: HeadingLevel = "h1"): HTMLElement {
  const ways = h("div", { class: "ways" });
  const passkey = passkeyButton(completion(content, next, level));
  if (passkey) ways.append(passkey);
  // Pages do not wait for it: signing in works without.
  void providerButtons("finish", next).then(
    (buttons) => buttons && ways.append(buttons),
    () => undefined,
  );
  return ways;
}

/** Return where to go afterwards: a path of this app. */
export function nextOf(query: URLSearchParams): string {
  const next = query.get("next") ?? "/";
  return next.startsWith("/") && !next.startsWith("//") ? next : "/";
}
