/** The buttons of a push message: links that send an artist's quick action once, without a login. */

import { config } from "./config";

const TIMEOUT_MILLISECONDS = 15_000;
const LINK = /^\/v1\/quick-actions\/links\/[\w-]+$/;

export interface Remark {
  title: string;
  body: string;
}

/** Whether this is such a link. No other address is asked, whatever a push message says. */
export function isTap(link: string): boolean {
  return LINK.test(link);
}

/** Does what the link is for; what to say about it. Throws nothing. */
export async function tap(link: string): Promise<Remark> {
  try {
    const { apiUrl } = await config();
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const response = await fetch(apiUrl + link, { method: "POST", signal });
    const { code } = (await response.json().catch(() => ({}))) as { code?: string };
    return remark(response.status, code);
  } catch {
    // The request may have arrived, and only its answer been lost.
    const body = "Nobody answered. Open the conversation to see whether it was sent.";
    return { title: "No network", body };
  }
}

/** What an answer means, by its status and the code of the problem. */
function remark(status: number, code: string | undefined): Remark {
  if (status === 202) return { title: "Sent", body: "It is in the conversation in a moment." };
  if (code === "link_used") return { title: "Sent before", body: "A button works once." };
  const title = "Not sent";
  if (status === 410 || status === 404) return { title, body: "This button is no longer valid." };
  if (status === 409) return { title, body: "It is switched off, or what it says is not known." };
  return { title, body: "That did not work. Open the conversation to write yourself." };
}
