import { request } from "../api/http";
import { config } from "../config";
import { fill, h } from "../dom";
import { form } from "../forms";
import { type Page, type Visit, go } from "../router";
import { startSession } from "../session";

/** The registration page: name, email and password, then the code from the email. */
export function signUp({ query }: Visit): Page {
  const next = query.get("next") ?? "/";
  const content = h("section", { class: "narrow" });
  const fields = [
    { name: "name", label: "Your name", autocomplete: "name" },
    { name: "email", label: "Email", type: "email", autocomplete: "username" },
    {
      name: "password",
      label: "Password",
      type: "password",
      autocomplete: "new-password",
      hint: "At least eight characters.",
      minlength: 8,
    },
  ] as const;
  fill(
    content,
    h("h1", {}, "Create an account"),
    form(fields, "Continue", async ({ name = "", email = "", password = "" }) => {
      const body = { name, email, password, role: "client" } as const;
      const { attemptId } = await request(null, "post", "/v1/auth/register", { body });
      const { inboxUrl } = await config();
      fill(content, ...codeStep(email, attemptId, inboxUrl, next));
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
  inboxUrl: string | undefined,
  next: string,
): HTMLElement[] {
  const code = {
    name: "code",
    label: "Code",
    autocomplete: "one-time-code",
    inputmode: "numeric",
    pattern: "[0-9]{6}",
    hint: "Six digits, valid for fifteen minutes.",
  } as const;
  const sent = h("p", {}, "We sent a code to ", h("strong", {}, email), ".");
  const resend = form([], "Send another code", async () => {
    await request(null, "post", "/v1/auth/register/resend", { body: { attemptId } });
  });
  const inbox = h(
    "p",
    { class: "aside" },
    "A local stack sends no emails: ",
    h("a", { href: inboxUrl ?? "", target: "_blank", rel: "noopener" }, "open its inbox"),
  );
  const verify = form([code], "Confirm", async ({ code: digits = "" }) => {
    const body = { attemptId, code: digits };
    await startSession(await request(null, "post", "/v1/auth/verify-email", { body }));
    go(next, { replace: true });
  });
  return [h("h1", {}, "Check your email"), sent, verify, resend, ...(inboxUrl ? [inbox] : [])];
}
