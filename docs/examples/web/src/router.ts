/** Client-side router: maps paths to views without reloading the page. */

import { fill, h } from "./dom";
import { t } from "./messages";

export interface Page {
  title: string;
  content: HTMLElement;
  /** What search engines say of the page, where it is about something of its own. */
  description?: string;
}

export interface Visit {
  /** Values of the path parameters, such as `handle`. */
  path: Record<string, string>;
  query: URLSearchParams;
  /** Aborted when the user leaves the page: pass it to every request and listener. */
  signal: AbortSignal;
}

export type View = (visit: Visit) => Page | Promise<Page>;

interface Route {
  pattern: RegExp;
  names: string[];
  view: View;
}

const routes: Route[] = [];
let currentVisit = new AbortController();
let outlet: HTMLElement;
let afterVisit: (path: string) => void;
let onMissing: () => Page;
let onFailure: (error: unknown) => Page;

/** Pages of the router itself. */
interface FallbackPages {
  /** Return the page of an address that no route has. */
  missing: () => Page;
  /** Return the page of a view that failed. */
  failed: (error: unknown) => Page;
}

/** Register the view of a path such as `/artists/{handle}`. */
export function addRoute(path: string, view: View): void {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "([^/]+)")}/?$`);
  routes.push({ pattern, names, view });
}

/** Return whether a route has this path. */
export function hasRoute(path: string): boolean {
  return routes.some(({ pattern }) => pattern.test(path));
}

/** Show the page of the current address in `element`, now and after every navigation. */
export function startRouter(
  element: HTMLElement,
  afterEach: (path: string) => void,
  { missing, failed }: FallbackPages,
): Promise<void> {
  outlet = element;
  onMissing = missing;
  onFailure = failed;
  afterVisit = afterEach;
  addEventListener("popstate", () => void showCurrent(false));
  document.addEventListener("click", follow);
  return showCurrent(false);
}

/** Navigate to an address of this app; `replace` replaces the current history entry. */
export function go(address: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  void showCurrent(true);
}

/** Say what the page is, to the browser and to search engines. */
export function describePage({ title, description }: Omit<Page, "content">): void {
  document.title = `${title} · ${t("common.appName")}`;
  const meta = document.querySelector<HTMLMetaElement>("meta[name=description]");
  if (meta) meta.content = description ?? t("layout.description");
  document.querySelector("link[rel=canonical]")?.remove();
  const href = location.origin + location.pathname; // without what a visit was opened with
  document.head.append(h("link", { rel: "canonical", href }));
}

function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!link || !isPlain || link.target || link.origin !== location.origin) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

async function showCurrent(isNavigation: boolean): Promise<void> {
  currentVisit.abort();
  currentVisit = new AbortController();
  const { signal } = currentVisit;
  const page = await pageAt(location, signal);
  if (signal.aborted) return; // the user navigated on while the page was built
  describePage(page);
  fill(outlet, page.content);
  afterVisit(location.pathname);
  if (!isNavigation) return;
  scrollTo(0, 0);
  focusHeading(outlet);
}

/** Move the focus to the heading, so that keyboard and screen reader users start there. */
export function focusHeading(page: HTMLElement): void {
  const heading = page.querySelector<HTMLElement>("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

async function pageAt({ pathname, search }: Location, signal: AbortSignal): Promise<Page> {
  for (const { pattern, names, view } of routes) {
    const match = pattern.exec(pathname);
    if (!match) continue;
    const values = names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? "")]);
    const path = Object.fromEntries(values) as Record<string, string>;
    try {
      return await view({ path, query: new URLSearchParams(search), signal });
    } catch (error) {
      return onFailure(error);
    }
  }
  return onMissing();
}
