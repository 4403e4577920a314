import { request } from "../api/http";
import { fill, h } from "../dom";
import { form } from "../forms";
import { toast } from "../layout";
import { t } from "../messages";
import { type Page, go } from "../router";
import { codeField, inboxLink } from "./codes";

/** Field of a password that is chosen. */
export function newPassword(name: string, label: string) {
  return {
    name,
    label,
    type: "password",
    autocomplete: "new-password",
    hint: t("signIn.passwordHint"),
    minlength: 8,
    maxlength: 128,
  } as const;
}

/** The page of those who forgot their password: the address, then the code and a new password. */
export function forgotPassword(): Page {
  const content = h("section", { class: "narrow" });
  const email = {
    name: "email",
    label: t("signIn.email"),
    type: "email",
    autocomplete: "username",
  } as const;
  fill(
    content,
    h("h1", {}, t("signIn.forgot")),
    h("p", { class: "muted" }, t("signIn.forgotText")),
    form([email], t("signIn.sendCode"), async ({ email: address = "" }) => {
      await request(null, "post", "/v1/auth/password/forgot", { body: { email: address } });
      fill(content, ...resetStep(address), await inboxLink());
      content.querySelector("input")?.focus();
    }),
  );
  return { title: t("signIn.forgot"), content };
}

/** The page that the link "this was not me" of a mail leads to. */
export function notMe(): Page {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  const content = h("section", { class: "narrow" });
  fill(
    content,
    h("h1", {}, t("signIn.notMe")),
    h("p", {}, t("signIn.notMeText")),
    form([], t("signIn.itWasNotMe"), async () => {
      await request(null, "post", "/v1/auth/reports", { body: { token } });
      const next = { class: "button primary", href: "/forgot-password" };
      fill(
        content,
        h("h1", {}, t("signIn.signedOut")),
        h("p", {}, t("signIn.signedOutText")),
        h("p", {}, h("a", next, t("signIn.setNewPassword"))),
        await inboxLink(),
      );
    }),
  );
  return { title: t("signIn.notMe"), content };
}

function resetStep(email: string): HTMLElement[] {
  const fields = [codeField(10, 10), newPassword("password", t("signIn.newPassword"))];
  const reset = form(fields, t("signIn.setPassword"), async ({ code = "", password = "" }) => {
    const body = { email, code, password };
    await request(null, "post", "/v1/auth/password/reset", { body });
    toast(t("signIn.passwordSet"));
    go("/sign-in", { replace: true });
  });
  const sent = h("p", {}, t("signIn.resetSent", { email }));
  return [h("h1", {}, t("signIn.checkEmail")), sent, reset];
}
