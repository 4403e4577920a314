/** From the address to a view, without loading the page again. */

import { fill, h } from "./dom";

export interface Page {
  title: string;
  content: HTMLElement;
}

export interface Visit {
  /** The parts of the path that a route names, such as `handle`. */
  path: Record<string, string>;
  query: URLSearchParams;
  /** Aborted when the page is left: pass it to every request and listener. */
  signal: AbortSignal;
}

export type View = (visit: Visit) => Page | Promise<Page>;

interface Route {
  pattern: RegExp;
  names: string[];
  view: View;
}

const routes: Route[] = [];
let leaving = new AbortController();
let outlet: HTMLElement;
let afterwards: (path: string) => void;

/** Shows `view` at a path such as `/artists/{handle}`. */
export function route(path: string, view: View): void {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "([^/]+)")}/?$`);
  routes.push({ pattern, names, view });
}

/** Shows the page of the present address in `element`, and of every address to come. */
export function start(element: HTMLElement, afterEach: (path: string) => void): Promise<void> {
  outlet = element;
  afterwards = afterEach;
  addEventListener("popstate", () => void arrive(false));
  document.addEventListener("click", follow);
  return arrive(false);
}

/** Goes to an address of this app. `replace`: it takes the place of the present one. */
export function go(address: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  void arrive(true);
}

/** Shows the present address anew. */
export function reload(): void {
  void arrive(false);
}

function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!link || !isPlain || link.target || link.origin !== location.origin) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

async function arrive(moved: boolean): Promise<void> {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const page = await pageAt(location, signal);
  if (signal.aborted) return; // somebody went on while it was made
  document.title = `${page.title} · Artist Booking`;
  fill(outlet, page.content);
  afterwards(location.pathname);
  if (!moved) return;
  scrollTo(0, 0);
  focusHeading(outlet);
}

/** Keyboard and screen reader go on where the eye does: at the heading of the page. */
export function focusHeading(page: HTMLElement): void {
  const heading = page.querySelector<HTMLElement>("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

async function pageAt({ pathname, search }: Location, signal: AbortSignal): Promise<Page> {
  for (const { pattern, names, view } of routes) {
    const found = pattern.exec(pathname);
    if (!found) continue;
    const values = names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? "")]);
    const path = Object.fromEntries(values) as Record<string, string>;
    return view({ path, query: new URLSearchParams(search), signal });
  }
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, "Nothing here"),
    h("p", {}, "This page does not exist. "),
    h("a", { href: "/" }, "Find an artist"),
  );
  return { title: "Nothing here", content };
}
