/** One-tap links: buttons of a push message that send a quick action once, without signing in. */

import { config } from "./config";
import { findLanguage } from "./language";
import de from "./messages/de/push.json";
import en from "./messages/en/push.json";

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
  // The service worker has these texts alone: it would otherwise load those of all pages.
  const texts = (await findLanguage()) === "de" ? de : en;
  try {
    const { apiUrl } = await config();
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const response = await fetch(apiUrl + link, { method: "POST", signal });
    const { code } = (await response.json().catch(() => ({}))) as { code?: string };
    return describeOutcome(texts, response.status, code);
  } catch {
    // The request may have arrived even though its response was lost.
    return { title: texts.noNetwork, body: texts.noNetworkText };
  }
}

/** Describe a response by its status and problem code. */
function describeOutcome(texts: typeof en, status: number, code: string | undefined): Outcome {
  if (status === 202) return { title: texts.sent, body: texts.sentText };
  if (code === "link_used") return { title: texts.sentBefore, body: texts.sentBeforeText };
  const title = texts.notSent;
  if (code === "blocked") return { title, body: texts.blockedText };
  if (code === "action_changed") return { title, body: texts.changedText };
  if (status === 410 || status === 404) return { title, body: texts.goneText };
  if (status === 409) return { title, body: texts.offText };
  return { title, body: texts.failedText };
}
