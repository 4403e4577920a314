/** The narrower half of the page's Content-Security-Policy. */

import { h } from "./dom";

/**
 * Lets pages talk to this site and to `origins` only: not even a script of somebody else could
 * send what it finds to a place of its own.
 *
 * Policies only ever add up, so this one takes nothing back of what index.html forbids.
 */
export function narrow(origins: readonly string[]): void {
  const sources = ["'self'", ...origins].join(" ");
  const content = `connect-src ${sources}; img-src blob: ${sources}`;
  document.head.append(h("meta", { "http-equiv": "Content-Security-Policy", content }));
}
