import { request } from "../api/http";
import { fill, h } from "../dom";
import { type Field, form } from "../forms";
import { type Page, type Visit } from "../router";
import { codeField, inboxLink, sentTo } from "./codes";
import { completion } from "./factors";
import { passkeyButton } from "./passkeys";
import { providerButtons } from "./providers";

const EMAIL = { name: "email", label: "Email", type: "email", autocomplete: "username" } as const;

/** The sign-in page: by password, a mailed code or a provider, and a second factor if there is one. */
export function signIn({ query }: Visit): Page {
  const next = query.get("next") ?? "/";
  const content = h("section", { class: "narrow" });
  const complete = completion(content, next);
  const password = {
    name: "password",
    label: "Password",
    type: "password",
    autocomplete: "current-password",
  } as const;
  fill(
    content,
    h("h1", {}, "Welcome back"),
    form([EMAIL, password], "Sign in", async ({ email = "", password: entered = "" }) => {
      const body = { email, password: entered };
      await complete(await request(null, "post", "/v1/auth/login", { body }));
    }),
    h(
      "p",
      { class: "aside" },
      h("a", { href: `/sign-in/code?next=${encodeURIComponent(next)}` }, "Sign in by a code"),
      " · ",
      h("a", { href: "/forgot-password" }, "Forgot password?"),
    ),
    h(
      "p",
      { class: "aside" },
      "New here? ",
      h("a", { href: `/sign-up?next=${encodeURIComponent(next)}` }, "Create an account"),
    ),
    passkeyButton(complete),
  );
  // Pages do not wait for it: signing in by password works without.
  void providerButtons("finish", next).then(
    (buttons) => buttons && content.append(buttons),
    () => undefined,
  );
  return { title: "Sign in", content };
}

/** The page to sign in by a mailed code, which opens an account at first use. */
export function signInByCode({ query }: Visit): Page {
  const next = query.get("next") ?? "/";
  const content = h("section", { class: "narrow" });
  const name = {
    name: "name",
    label: "Your name",
    autocomplete: "name",
    hint: "Only if you are new here.",
    required: false,
  } as const satisfies Field;
  const complete = completion(content, next);
  fill(
    content,
    h("h1", {}, "Sign in by a code"),
    form([EMAIL, name], "Send a code", async ({ email = "", name: given = "" }) => {
      const body = given ? { email, name: given } : { email };
      const { attemptId } = await request(null, "post", "/v1/auth/code", { body });
      const verify = form([codeField(6, "ten")], "Sign in", async ({ code = "" }) => {
        const entered = { attemptId, code };
        await complete(await request(null, "post", "/v1/auth/code/verify", { body: entered }));
      });
      fill(content, h("h1", {}, "Check your email"), sentTo(email), verify, await inboxLink());
      content.querySelector("input")?.focus();
    }),
  );
  return { title: "Sign in by a code", content };
}
