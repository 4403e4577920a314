/** The second factor of a sign-in. */

import { request } from "../api/http";
import type { MfaRequired, Tokens } from "../api/schema";
import { fill, h } from "../dom";
import { form } from "../forms";
import { go } from "../router";
import { startSession } from "../session";

const FACTOR = {
  name: "code",
  label: "Code",
  autocomplete: "one-time-code",
  hint: "Six digits of your authenticator app, or a recovery code.",
} as const;

/** Return the step that asks for the code of a challenge, and gives the tokens to `complete`. */
function factorStep(
  challengeId: string,
  complete: (answer: Tokens) => Promise<void>,
): HTMLElement[] {
  const verify = form([FACTOR], "Sign in", async ({ code = "" }) => {
    const body = { challengeId, code };
    await complete(await request(null, "post", "/v1/auth/mfa/verify", { body }));
  });
  return [h("h1", {}, "One more step"), verify];
}

/** Return what completes a sign-in: it starts the session, or asks for the second factor first. */
export function completion(
  content: HTMLElement,
  next: string,
): (answer: Tokens | MfaRequired) => Promise<void> {
  const complete = async (answer: Tokens | MfaRequired): Promise<void> => {
    if ("challengeId" in answer) {
      fill(content, ...factorStep(answer.challengeId, complete));
      content.querySelector("input")?.focus();
      return;
    }
    await startSession(answer);
    go(next, { replace: true });
  };
  return complete;
}
