import { request } from "../api/http";
import { h } from "../dom";
import { form } from "../forms";
import { type Page, type Visit, go } from "../router";
import { startSession } from "../session";

/** The sign-in page. */
export function signIn({ query }: Visit): Page {
  const next = query.get("next") ?? "/";
  const fields = [
    { name: "email", label: "Email", type: "email", autocomplete: "username" },
    { name: "password", label: "Password", type: "password", autocomplete: "current-password" },
  ] as const;
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, "Welcome back"),
    form(fields, "Sign in", async ({ email = "", password = "" }) => {
      await startSession(
        await request(null, "post", "/v1/auth/login", { body: { email, password } }),
      );
      go(next, { replace: true });
    }),
    h(
      "p",
      { class: "aside" },
      "New here? ",
      h("a", { href: `/sign-up?next=${encodeURIComponent(next)}` }, "Create an account"),
    ),
  );
  return { title: "Sign in", content };
}
