import { request } from "../api/http";
import { fill, h } from "../dom";
import { form } from "../forms";
import { toast } from "../layout";
import { t } from "../messages";
import { type Page, type Visit, go } from "../router";
import { startSession } from "../session";
import { codeField, inboxLink, sentTo } from "./codes";
import { newPassword } from "./passwords";
import { nextOf } from "./sign-in";

/** The registration page: name, email and password, then the code from the email. */
export function signUp({ query }: Visit): Page {
  const next = nextOf(query);
  const content = h("section", { class: "narrow" });
  askForAccount(content, next);
  return { title: t("signIn.createAccount"), content };
}

function askForAccount(content: HTMLElement, next: string): void {
  const fields = [
    { name: "name", label: t("signIn.name"), autocomplete: "name", maxlength: 100 },
    { name: "email", label: t("signIn.email"), type: "email", autocomplete: "username" },
    newPassword("password", t("signIn.password")),
  ] as const;
  const register = async (values: Record<string, string>): Promise<void> => {
    const { name = "", email = "", password = "" } = values;
    const body = { name, email, password, role: "client" } as const;
    const { attemptId } = await request(null, "post", "/v1/auth/register", { body });
    const again = (): void => askForAccount(content, next);
    fill(content, ...codeStep(email, attemptId, next, again), await inboxLink());
    content.querySelector("input")?.focus();
  };
  const signIn = `/sign-in?next=${encodeURIComponent(next)}`;
  fill(
    content,
    h("h1", {}, t("signIn.createAccount")),
    form(fields, t("signIn.continue"), register),
    h(
      "p",
      { class: "aside links" },
      t("signIn.haveAccount"),
      " ",
      h("a", { href: signIn }, t("signIn.signIn")),
    ),
  );
}

function codeStep(
  email: string,
  attemptId: string,
  next: string,
  again: () => void,
): HTMLElement[] {
  const verify = form([codeField(6, 15)], t("signIn.confirm"), async ({ code = "" }) => {
    const body = { attemptId, code };
    await startSession(await request(null, "post", "/v1/auth/verify-email", { body }));
    go(next, { replace: true });
  });
  const resend = form([], t("signIn.resend"), async () => {
    await request(null, "post", "/v1/auth/register/resend", { body: { attemptId } });
    toast(t("signIn.resent"));
  });
  resend.querySelector("button")?.classList.replace("primary", "quiet");
  return [h("h1", {}, t("signIn.checkEmail")), sentTo(email, again), verify, resend];
}
