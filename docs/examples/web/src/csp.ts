/** Content Security Policy that depends on the configuration; the rest is in index.html. */

import { h } from "./dom";

// Pictures of an artist's accounts, as their providers show them, and the stand-ins do.
const PREVIEWS = "https://*.cdninstagram.com https://*.fbcdn.net";
const LOCAL = "http://127.0.0.1:*";

/**
 * Allow pages to connect to this site and `origins` only, so that not even an injected script
 * could send data elsewhere.
 *
 * A second policy can only add restrictions: everything that index.html forbids stays forbidden.
 */
export function restrictOrigins(origins: readonly string[]): void {
  const sources = ["'self'", ...origins].join(" ");
  const previews = origins.some((each) => each.startsWith("http:")) ? LOCAL : PREVIEWS;
  const content = `connect-src ${sources}; img-src blob: ${sources} ${previews}`;
  document.head.append(h("meta", { "http-equiv": "Content-Security-Policy", content }));
}
