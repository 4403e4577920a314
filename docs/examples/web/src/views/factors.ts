/** The second factor of a sign-in. */

import { request } from "../api/http";
import type { MfaRequired, Tokens } from "../api/schema";
import { fill, h } from "../dom";
import { form } from "../forms";
import { t } from "../messages";
import { go } from "../router";
import { startSession } from "../session";

/** Level of the heading of a step: of a page, or of a part of one. */
export type HeadingLevel = "h1" | "h2";

/** Return the step that asks for the code of a challenge, and gives the tokens to `complete`. */
function factorStep(
  challengeId: string,
  level: HeadingLevel,
  complete: (answer: Tokens) => Promise<void>,
): HTMLElement[] {
  const field = {
    name: "code",
    label: t("signIn.code"),
    autocomplete: "one-time-code",
    hint: t("signIn.factorHint"),
  } as const;
  const verify = form([field], t("signIn.signIn"), async ({ code = "" }) => {
    const body = { challengeId, code };
    await complete(await request(null, "post", "/v1/auth/mfa/verify", { body }));
  });
  return [h(level, {}, t("signIn.oneMoreStep")), verify];
}

/** Return what completes a sign-in: it starts the session, or asks for the second factor first. */
export function completion(
  content: HTMLElement,
  next: string,
  level: HeadingLevel = "h1",
): (answer: Tokens | MfaRequired) => Promise<void> {
  const complete = async (answer: Tokens | MfaRequired): Promise<void> => {
    if ("challengeId" in answer) {
      fill(content, ...factorStep(answer.challengeId, level, complete));
      content.querySelector("input")?.focus();
      return;
    }
    await startSession(answer);
    go(next, { replace: true });
  };
  return complete;
}
