/** One-tap links: buttons of a push message that send a quick action once, without signing in. */

import { config } from "./config";

const TIMEOUT_MILLISECONDS = 15_000;
const LINK = /^\/v1\/quick-actions\/links\/[\w-]+$/;

/** The title and text of a notification that shows the outcome. */
export interface Outcome {
  title: string;
  body: string;
}

/** Return whether this is a one-tap link. No other address of a push message is ever requested. */
export function isOneTapLink(link: string): boolean {
  return LINK.test(link);
}

/** Follow a one-tap link and return the outcome. Never throws. */
export async function followLink(link: string): Promise<Outcome> {
  try {
    const { apiUrl } = await config();
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const response = await fetch(apiUrl + link, { method: "POST", signal });
    const { code } = (await response.json().catch(() => ({}))) as { code?: string };
    return describeOutcome(response.status, code);
  } catch {
    // The request may have arrived even though its response was lost.
    const body =
      "The server did not answer. Open the conversation to see whether the message was sent.";
    return { title: "No network", body };
  }
}

/** Describe a response by its status and problem code. */
function describeOutcome(status: number, code: string | undefined): Outcome {
  if (status === 202)
    return { title: "Sent", body: "The message will appear in the conversation in a moment." };
  if (code === "link_used") return { title: "Sent before", body: "Each button works once." };
  const title = "Not sent";
  if (code === "blocked") return { title, body: "One of you blocked the other." };
  if (code === "action_changed")
    return { title, body: "The quick action was changed after this button was shown." };
  if (status === 410 || status === 404) return { title, body: "This button is no longer valid." };
  if (status === 409)
    return { title, body: "The quick action is turned off, or some of its values are missing." };
  return { title, body: "Something went wrong. Open the conversation to write a message." };
}
