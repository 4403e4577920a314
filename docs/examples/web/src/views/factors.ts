/** The second factor of a sign-in. */

import { request } from "../api/http";
import type { Tokens } from "../api/schema";
import { h } from "../dom";
import { form } from "../forms";

const FACTOR = {
  name: "code",
  label: "Code",
  autocomplete: "one-time-code",
  hint: "Six digits of your authenticator app, or a recovery code.",
} as const;

/** Return the step that asks for the code of a challenge, and gives the tokens to `complete`. */
export function factorStep(
  challengeId: string,
  complete: (answer: Tokens) => Promise<void>,
): HTMLElement[] {
  const verify = form([FACTOR], "Sign in", async ({ code = "" }) => {
    const body = { challengeId, code };
    await complete(await request(null, "post", "/v1/auth/mfa/verify", { body }));
  });
  return [h("h1", {}, "One more step"), verify];
}
