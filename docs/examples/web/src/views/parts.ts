/** Elements shared by several pages. */

import { Problem, Unreachable } from "../api/http";
import { type Child, h } from "../dom";
import { type IconName, icon } from "../icons";
import { t } from "../messages";
import { avatarPicture } from "../pictures";
import { drawInitials } from "../placeholder-art";
import { type Page, type View, go } from "../router";
import { getCurrentUser } from "../session";

/** Wrap a view that requires a session; others sign in first and then return to it. */
export function requireSession(view: View): View {
  return (visit) => {
    if (getCurrentUser()) return view(visit);
    go(signInPath(), { replace: true });
    return { title: t("layout.signIn"), content: h("section") };
  };
}

/** Wrap a view of the studio, which requires the session of an artist; others see that it is gone. */
export function requireArtist(view: View): View {
  return requireSession((visit) =>
    getCurrentUser()?.role === "artist" ? view(visit) : notFoundPage(),
  );
}

/** Return the path of the sign-in page that leads back to the current page. */
export function signInPath(): string {
  return `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}

/** Create the message of a page or list that failed to load. */
export function failure(error: unknown): HTMLElement {
  const isGone = error instanceof Problem && error.status === 404;
  const isOffline = error instanceof Unreachable;
  const title = isGone
    ? t("common.notFound")
    : isOffline
      ? t("common.notOffline")
      : t("common.somethingWrong");
  const text = isOffline ? t("common.notOfflineText") : describe(error);
  return h("div", { class: "empty", role: "alert" }, h("h2", {}, title), h("p", {}, text));
}

/** Return the message of an error. */
export function describe(error: unknown): string {
  if (error instanceof Unreachable) return t("common.unreachable");
  return error instanceof Error ? error.message : String(error);
}

/** Create the page shown when a view fails. */
export function failurePage(error: unknown): Page {
  const title = t("common.somethingWrong");
  return {
    title,
    content: h("section", {}, h("h1", { class: "unseen" }, title), failure(error)),
  };
}

/** Create the page of an address that leads nowhere. */
export function notFoundPage(): Page {
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, t("common.pageNotFound")),
    h("p", {}, t("common.pageNotFoundText")),
    h("a", { href: "/" }, t("common.findArtist")),
  );
  return { title: t("common.pageNotFound"), content };
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
  return h("p", { class: "loading", role: "status" }, t("common.loading"));
}

/** Create the link back to the page above. */
export function backLink(href: string, label: string): HTMLElement {
  return h("a", { class: "back", href }, label);
}

/** Create the row of a person: picture or initials, name and what else is said of them. */
export function person(
  { id, name, avatar }: { id: string; name: string | null; avatar?: string | null },
  ...more: Child[]
): HTMLElement {
  const shown = name ?? t("common.deletedAccount");
  const drawn = drawInitials(shown, id);
  drawn.classList.add("face");
  const face = avatarPicture(avatar, drawn);
  return h("div", { class: "person" }, face, h("div", {}, h("strong", {}, shown), ...more));
}
