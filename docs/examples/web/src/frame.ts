/** The frame around every page: brand, navigation, the offline sign and passing remarks. */

import type { User } from "./api/schema";
import { fill, h, on } from "./dom";
import { type IconName, icon } from "./icons";
import { focusHeading } from "./router";

const TOAST_MILLISECONDS = 8000;

interface Frame {
  /** Where pages are shown. */
  outlet: HTMLElement;
  show(user: User | null): void;
  showPath(path: string): void;
  /** How many messages wait to be read. */
  showUnread(total: number): void;
}

const toasts = h("div", { class: "toasts", role: "status" });

/** Makes the frame, around an empty page. */
export function mountFrame(): Frame {
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
  const brand = h("a", { href: "/", class: "brand" }, mark(), "Artist Booking");
  const header = h("header", { class: "top" }, brand, navigation);
  document.body.append(skip, header, offline, outlet, toasts);

  const showNetwork = (): void => {
    document.body.classList.toggle("is-offline", !navigator.onLine);
    if (navigator.onLine) fill(offline);
    else fill(offline, icon("offline"), "Offline: you can read what you have seen, and write.");
  };
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);
  showNetwork();

  let path = location.pathname;
  const markHere = (): void => {
    for (const link of navigation.querySelectorAll("a")) {
      const target = link.pathname;
      const isHere =
        target === "/" ? path === "/" || path.startsWith("/artists") : path.startsWith(target);
      if (isHere) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };
  return {
    outlet,
    show(user) {
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
      markHere();
    },
    showPath(next) {
      path = next;
      markHere();
    },
    showUnread(total) {
      unread.hidden = total === 0;
      fill(unread, total, h("span", { class: "unseen" }, " unread"));
    },
  };
}

/** A remark that goes away by itself; screen readers read it out. */
export function toast(text: string, ...actions: HTMLElement[]): void {
  const remark = h("div", { class: "toast" }, h("span", {}, text), ...actions);
  toasts.append(remark);
  setTimeout(() => remark.remove(), TOAST_MILLISECONDS);
}

function mark(): HTMLElement {
  return h("img", { src: "/icon.svg", alt: "", width: 28, height: 28 });
}
