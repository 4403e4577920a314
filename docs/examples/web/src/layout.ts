/** Layout around every page: brand, navigation, offline notice and toasts. */

import type { User } from "./api/schema";
import { fill, h, on } from "./dom";
import { type IconName, icon } from "./icons";
import { focusHeading } from "./router";

const TOAST_MILLISECONDS = 8000;

interface Layout {
  /** Element that pages are shown in. */
  outlet: HTMLElement;
  /** Show the navigation for `user`, or for nobody. */
  showUser(user: User | null): void;
  /** Highlight the navigation link of `path`. */
  showPath(path: string): void;
  /** Show the number of unread messages. */
  showUnread(total: number): void;
}

const toasts = h("div", { class: "toasts", role: "status" });

/** Add the layout to the document, with an empty outlet. */
export function mountLayout(): Layout {
  const navigation = h("nav", { "aria-label": "Main" });
  const unread = h("span", { class: "badge", hidden: true });
  const outlet = h("main", { id: "main" });
  const offline = h("p", { class: "offline", role: "status" });
  const skip = h("a", { href: "#main", class: "skip" }, "Skip to content");
  on(skip, {
    click: (event) => {
      event.preventDefault();
      focusHeading(outlet);
    },
  });
  const brand = h("a", { href: "/", class: "brand" }, logo(), "Artist Booking");
  const header = h("header", { class: "top" }, brand, navigation);
  document.body.append(skip, header, offline, outlet, toasts);

  const showNetwork = (): void => {
    document.body.classList.toggle("is-offline", !navigator.onLine);
    if (navigator.onLine) fill(offline);
    else
      fill(
        offline,
        icon("offline"),
        "Offline: you can read what you have opened before, and write messages.",
      );
  };
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);
  showNetwork();

  let path = location.pathname;
  const markCurrent = (): void => {
    for (const link of navigation.querySelectorAll("a")) {
      const target = link.pathname;
      const isCurrent =
        target === "/" ? path === "/" || path.startsWith("/artists") : path.startsWith(target);
      if (isCurrent) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };
  return {
    outlet,
    showUser(user) {
      const links: [string, string, IconName][] = user
        ? [
            ["/", "Discover", "search"],
            ["/appointments", "Appointments", "calendar"],
            ["/messages", "Messages", "chat"],
            ["/account", "Account", "person"],
          ]
        : [
            ["/", "Discover", "search"],
            ["/sign-in", "Sign in", "person"],
          ];
      fill(
        navigation,
        ...links.map(([href, label, name]) => {
          const count = href === "/messages" ? unread : null;
          return h("a", { href }, icon(name), h("span", {}, label), count);
        }),
      );
      markCurrent();
    },
    showPath(next) {
      path = next;
      markCurrent();
    },
    showUnread(total) {
      unread.hidden = total === 0;
      fill(unread, total, h("span", { class: "unseen" }, " unread"));
    },
  };
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
