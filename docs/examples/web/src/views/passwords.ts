import { request } from "../api/http";
import { fill, h } from "../dom";
import { form } from "../forms";
import { type Page, go } from "../router";
import { codeField, inboxLink } from "./codes";

/** Field of a password that is chosen. */
export function newPassword(name: string, label: string) {
  return {
    name,
    label,
    type: "password",
    autocomplete: "new-password",
    hint: "At least eight characters.",
    minlength: 8,
  } as const;
}

/** The page of those who forgot their password: the address, then the code and a new password. */
export function forgotPassword(): Page {
  const content = h("section", { class: "narrow" });
  const email = { name: "email", label: "Email", type: "email", autocomplete: "username" } as const;
  fill(
    content,
    h("h1", {}, "Forgot password?"),
    form([email], "Send a code", async ({ email: address = "" }) => {
      await request(null, "post", "/v1/auth/password/forgot", { body: { email: address } });
      fill(content, ...resetStep(address), await inboxLink());
      content.querySelector("input")?.focus();
    }),
  );
  return { title: "Forgot password?", content };
}

/** The page that the link "this was not me" of a mail leads to. */
export function notMe(): Page {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  const content = h("section", { class: "narrow" });
  fill(
    content,
    h("h1", {}, "Was it not you?"),
    h("p", {}, "Your account will be signed out on all devices, and its password will not work."),
    form([], "It was not me", async () => {
      await request(null, "post", "/v1/auth/reports", { body: { token } });
      const next = h("a", { href: "/forgot-password" }, "set a new password");
      const sent = h("p", {}, "We sent a code to your address. With it you can ", next, ".");
      fill(content, h("h1", {}, "Your account is signed out"), sent, await inboxLink());
    }),
  );
  return { title: "Was it not you?", content };
}

function resetStep(email: string): HTMLElement[] {
  const fields = [codeField(10, "ten"), newPassword("password", "New password")];
  const sent = h(
    "p",
    {},
    "If there is an account with ",
    h("strong", {}, email),
    ", we sent a code to that address.",
  );
  const reset = form(fields, "Set the password", async ({ code = "", password = "" }) => {
    const body = { email, code, password };
    await request(null, "post", "/v1/auth/password/reset", { body });
    go("/sign-in", { replace: true });
  });
  return [h("h1", {}, "Check your email"), sent, reset];
}
