/** Pieces of pages that ask for a mailed code. */

import { config } from "../config";
import { h } from "../dom";

/** Return the field of a code with this many digits. */
export function codeField(digits: number, minutes: string) {
  return {
    name: "code",
    label: "Code",
    autocomplete: "one-time-code",
    inputmode: "numeric",
    pattern: `[0-9]{${digits}}`,
    hint: `${digits === 6 ? "Six" : "Ten"} digits, valid for ${minutes} minutes.`,
  } as const;
}

/** Say where the code was sent. */
export function sentTo(email: string): HTMLElement {
  return h("p", {}, "We sent a code to ", h("strong", {}, email), ".");
}

/** Return a link to the inbox of a local stack, which sends no emails; null elsewhere. */
export async function inboxLink(): Promise<HTMLElement | null> {
  const { inboxUrl } = await config();
  if (!inboxUrl) return null;
  return h(
    "p",
    { class: "aside" },
    "A local stack sends no emails: ",
    h("a", { href: inboxUrl, target: "_blank", rel: "noopener" }, "open its inbox"),
  );
}
