/** What several pages are made of. */

import { Problem, Unreachable } from "../api/http";
import { h } from "../dom";
import { type IconName, icon } from "../icons";
import { type Page, type View, go } from "../router";
import { currentUser } from "../session";

/** A view for those who are signed in; others sign in first and come back. */
export function signedIn(view: View): View {
  return (visit) => {
    if (currentUser()) return view(visit);
    go(signInAddress(), { replace: true });
    return { title: "Sign in", content: h("section") };
  };
}

/** Where to sign in and come back to the present page. */
export function signInAddress(): string {
  return `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}

/** What a page says when it cannot be shown. */
export function failure(error: unknown): HTMLElement {
  const isGone = error instanceof Problem && error.status === 404;
  const isOffline = error instanceof Unreachable;
  const title = isGone ? "Not to be found" : isOffline ? "Not while offline" : "That did not work";
  const text = isOffline
    ? "You have not looked at this before, so it is not on this device yet."
    : error instanceof Error
      ? error.message
      : String(error);
  return h("div", { class: "empty", role: "alert" }, h("h2", {}, title), h("p", {}, text));
}

/** The page around a view that could not be made. */
export function failed(error: unknown): Page {
  return { title: "That did not work", content: h("section", {}, failure(error)) };
}

/** What a list says when it has nothing. */
export function empty(title: string, text: string, ...more: HTMLElement[]): HTMLElement {
  return h("div", { class: "empty" }, h("h2", {}, title), h("p", {}, text), ...more);
}

/** A remark with an icon. */
export function fact(name: IconName, text: string): HTMLElement {
  return h("span", { class: "fact" }, icon(name), text);
}

/** A list's place while it loads. */
export function loading(): HTMLElement {
  return h("p", { class: "loading", role: "status" }, "One moment…");
}
