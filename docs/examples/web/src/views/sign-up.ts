import { request } from "../api/http";
import { fill, h } from "../dom";
import { form } from "../forms";
import { type Page, type Visit, go } from "../router";
import { startSession } from "../session";
import { codeField, inboxLink, sentTo } from "./codes";
import { newPassword } from "./passwords";

/** The registration page: name, email and password, then the code from the email. */
export function signUp({ query }: Visit): Page {
  const next = query.get("next") ?? "/";
  const content = h("section", { class: "narrow" });
  const fields = [
    { name: "name", label: "Your name", autocomplete: "name" },
    { name: "email", label: "Email", type: "email", autocomplete: "username" },
    newPassword("password", "Password"),
  ] as const;
  fill(
    content,
    h("h1", {}, "Create an account"),
    form(fields, "Continue", async ({ name = "", email = "", password = "" }) => {
      const body = { name, email, password, role: "client" } as const;
      const { attemptId } = await request(null, "post", "/v1/auth/register", { body });
      fill(content, ...codeStep(email, attemptId, await inboxLink(), next));
      content.querySelector("input")?.focus();
    }),
    h(
      "p",
      { class: "aside" },
      "Already have an account? ",
      h("a", { href: `/sign-in?next=${encodeURIComponent(next)}` }, "Sign in"),
    ),
  );
  return { title: "Create an account", content };
}

function codeStep(
  email: string,
  attemptId: string,
  inbox: HTMLElement | null,
  next: string,
): (HTMLElement | null)[] {
  const resend = form([], "Send another code", async () => {
    await request(null, "post", "/v1/auth/register/resend", { body: { attemptId } });
  });
  const verify = form([codeField(6, "fifteen")], "Confirm", async ({ code = "" }) => {
    const body = { attemptId, code };
    await startSession(await request(null, "post", "/v1/auth/verify-email", { body }));
    go(next, { replace: true });
  });
  return [h("h1", {}, "Check your email"), sentTo(email), verify, resend, inbox];
}
