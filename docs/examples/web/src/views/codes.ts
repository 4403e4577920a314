/** Pieces of pages that ask for a mailed code. */

import { config } from "../config";
import { h, on } from "../dom";
import { t } from "../messages";

/** Return the field of a code with this many digits, valid for some minutes. */
export function codeField(digits: 6 | 10, minutes: number) {
  const hint = digits === 6 ? "signIn.sixDigits" : "signIn.tenDigits";
  return {
    name: "code",
    label: t("signIn.code"),
    autocomplete: "one-time-code",
    inputmode: "numeric",
    pattern: `[0-9]{${digits}}`,
    maxlength: digits,
    hint: t(hint, { count: minutes }),
  } as const;
}

/** Say where the code was sent, with a button that goes back to the address where there is one. */
export function sentTo(email: string, back?: () => void): HTMLElement {
  const sent = h("p", {}, t("signIn.sentTo", { email }));
  if (!back) return sent;
  const other = h("button", { type: "button", class: "link" }, t("signIn.otherAddress"));
  sent.append(" ", on(other, { click: back }));
  return sent;
}

/** Return a link to the inbox of a local stack, which sends no emails; null elsewhere. */
export async function inboxLink(): Promise<HTMLElement | null> {
  const { inboxUrl } = await config();
  if (!inboxUrl) return null;
  const link = h("a", { href: inboxUrl, target: "_blank", rel: "noopener" }, t("signIn.openInbox"));
  return h("p", { class: "aside" }, t("signIn.localInbox"), " ", link);
}
