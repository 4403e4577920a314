/** Layout around every page: brand, navigation, offline notice and toasts. */

import type { User } from "./api/schema";
import { fill, h, on } from "./dom";
import { type IconName, icon } from "./icons";
import { type TextKey, t } from "./messages";
import { focusHeading } from "./router";

const TOAST_MILLISECONDS = 8000;

interface Layout {
  /** Element that pages are shown in. */
  outlet: HTMLElement;
  /** Show the navigation for `user`, or for nobody. */
  showUser(user: User | null): void;
  /** Highlight the navigation link of `path`. */
  showPath(path: string): void;
  /** Show the numbers of unread messages and of unread entries of the inbox. */
  showUnread(unread: { messages?: number; entries?: number }): void;
}

/** Links of the navigation; on a phone there is room for five. */
const LINKS: Record<"visitor" | "client" | "artist", [string, TextKey, IconName][]> = {
  visitor: [
    ["/", "layout.discover", "search"],
    ["/sign-in", "layout.signIn", "person"],
  ],
  client: [
    ["/", "layout.discover", "search"],
    ["/appointments", "layout.appointments", "calendar"],
    ["/messages", "layout.messages", "chat"],
    ["/inbox", "layout.inbox", "bell"],
    ["/account", "layout.account", "person"],
  ],
  artist: [
    ["/studio", "layout.today", "sun"],
    ["/studio/calendar", "layout.calendar", "calendar"],
    ["/messages", "layout.messages", "chat"],
    ["/inbox", "layout.inbox", "bell"],
    ["/studio/more", "layout.studio", "grid"],
  ],
};

const toasts = h("div", { class: "toasts", role: "status" });

/** Add the layout to the document, with an empty outlet. */
export function mountLayout(): Layout {
  const navigation = h("nav", { "aria-label": t("layout.main") });
  const unreadMessages = h("span", { class: "badge", hidden: true });
  const unreadEntries = h("span", { class: "badge", hidden: true });
  const outlet = h("main", { id: "main" });
  const offline = h("p", { class: "offline", role: "status" });
  const skip = h("a", { href: "#main", class: "skip" }, t("layout.skip"));
  on(skip, {
    click: (event) => {
      event.preventDefault();
      focusHeading(outlet);
    },
  });
  const brand = h("a", { href: "/", class: "brand" }, logo(), t("common.appName"));
  const header = h("header", { class: "top" }, brand, navigation);
  document.body.append(skip, header, offline, outlet, toasts);

  const showNetwork = (): void => {
    document.body.classList.toggle("is-offline", !navigator.onLine);
    if (navigator.onLine) fill(offline);
    else fill(offline, icon("offline"), t("layout.offline"));
  };
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);
  showNetwork();

  let path = location.pathname;
  const markCurrent = (): void => {
    for (const link of navigation.querySelectorAll("a")) {
      const isCurrent = link.pathname === current(path, navigation);
      if (isCurrent) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };
  return {
    outlet,
    showUser(user) {
      const links = LINKS[user ? (user.role === "artist" ? "artist" : "client") : "visitor"];
      fill(
        navigation,
        ...links.map(([href, label, name]) => {
          const count =
            href === "/messages" ? unreadMessages : href === "/inbox" ? unreadEntries : null;
          return h("a", { href }, icon(name), h("span", {}, t(label)), count);
        }),
      );
      markCurrent();
    },
    showPath(next) {
      path = next;
      markCurrent();
    },
    showUnread({ messages, entries }) {
      if (messages !== undefined) showCount(unreadMessages, messages);
      if (entries !== undefined) showCount(unreadEntries, entries);
    },
  };
}

function showCount(badge: HTMLElement, count: number): void {
  badge.hidden = count === 0;
  fill(
    badge,
    h("span", { "aria-hidden": "true" }, count > 99 ? "99+" : count),
    h("span", { class: "unseen" }, t("layout.unread", { count })),
  );
}

/** Return the target of the link that the page at `path` belongs to. */
function current(path: string, navigation: HTMLElement): string | undefined {
  const targets = [...navigation.querySelectorAll("a")].map((link) => link.pathname);
  if (targets.includes(path)) return path;
  if (path.startsWith("/studio/")) return "/studio/more"; // the menu that leads to it
  const shown = path.startsWith("/artists") ? "/" : path;
  return targets.find(
    (target) => shown === target || (target !== "/" && shown.startsWith(`${target}/`)),
  );
}

/** Show a message that disappears after a few seconds; screen readers announce it. */
export function toast(text: string, ...actions: HTMLElement[]): void {
  const message = h("div", { class: "toast" }, h("span", {}, text), ...actions);
  toasts.append(message);
  setTimeout(() => message.remove(), TOAST_MILLISECONDS);
}

function logo(): HTMLElement {
  return h("img", { src: "/icon.svg", alt: "", width: 28, height: 28 });
}
