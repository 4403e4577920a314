/** Elements shared by several pages. */

import { Problem, Unreachable } from "../api/http";
import { h } from "../dom";
import { type IconName, icon } from "../icons";
import { type Page, type View, go } from "../router";
import { getCurrentUser } from "../session";

/** Wrap a view that requires a session; others sign in first and then return to it. */
export function requireSession(view: View): View {
  return (visit) => {
    if (getCurrentUser()) return view(visit);
    go(signInPath(), { replace: true });
    return { title: "Sign in", content: h("section") };
  };
}

/** Return the path of the sign-in page that leads back to the current page. */
export function signInPath(): string {
  return `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}

/** Create the message of a page or list that failed to load. */
export function failure(error: unknown): HTMLElement {
  const isGone = error instanceof Problem && error.status === 404;
  const isOffline = error instanceof Unreachable;
  const title = isGone ? "Not found" : isOffline ? "Not available offline" : "Something went wrong";
  const text = isOffline
    ? "You have not opened this page before, so it is not stored on this device."
    : error instanceof Error
      ? error.message
      : String(error);
  return h("div", { class: "empty", role: "alert" }, h("h2", {}, title), h("p", {}, text));
}

/** Create the page shown when a view fails. */
export function failurePage(error: unknown): Page {
  return { title: "Something went wrong", content: h("section", {}, failure(error)) };
}

/** Create the message of an empty list. */
export function empty(title: string, text: string, ...more: HTMLElement[]): HTMLElement {
  return h("div", { class: "empty" }, h("h2", {}, title), h("p", {}, text), ...more);
}

/** Create a short detail with an icon. */
export function detail(name: IconName, text: string): HTMLElement {
  return h("span", { class: "detail" }, icon(name), text);
}

/** Create the placeholder of content that is loading. */
export function loading(): HTMLElement {
  return h("p", { class: "loading", role: "status" }, "One moment…");
}
