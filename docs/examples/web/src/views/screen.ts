/** Parts of a page that are loaded: with their loading, empty, error and offline state. */

import { Problem } from "../api/http";
import { type Source, showCached } from "../cache";
import { type Child, fill, h, on } from "../dom";
import { t } from "../messages";
import { failure, loading } from "./parts";

interface Loaded<T> {
  /** Key of the copy for reading offline; keys of private data begin with `my/`. */
  key: string;
  load: () => Promise<T>;
  /** Return the elements of the value; `null` leaves the screen to `empty`. */
  render: (value: T) => Child[];
  /** Return what is shown instead where there is nothing to show. */
  empty?: (value: T) => HTMLElement | null;
  /** The heading of the page, where only the value has one: it is there in the other states too. */
  heading?: string;
  /** Aborted when the user leaves the page. */
  signal: AbortSignal;
}

export interface LoadedSection {
  element: HTMLElement;
  /** Load and show the value again, after a change. */
  reload: () => Promise<void>;
}

/**
 * Create a section whose value is loaded.
 *
 * Until then it says so; a failure can be tried again; offline, the stored copy is shown and said to
 * be one.
 */
export function loadedSection<T>(loaded: Loaded<T>): LoadedSection {
  const heading = (): HTMLElement | null =>
    loaded.heading ? h("h1", { class: "unseen" }, loaded.heading) : null;
  const element = h("div", { class: "loaded", "aria-busy": "true" }, heading(), loading());
  const show = (value: T, { offline }: Source): void => {
    const empty = loaded.empty?.(value);
    fill(element, offline && storedCopy(), ...(empty ? [empty] : loaded.render(value)));
  };
  const reload = async (): Promise<void> => {
    element.setAttribute("aria-busy", "true");
    try {
      await showCached(loaded.key, loaded.load, show);
    } catch (error) {
      if (loaded.signal.aborted) return;
      fill(element, heading(), ...failed(error, reload));
    } finally {
      element.setAttribute("aria-busy", "false");
    }
  };
  void reload();
  return { element, reload };
}

/** Return what is shown of something that failed to load, with a button where it may still load. */
export function failed(error: unknown, retry: () => Promise<void>): Child[] {
  return [failure(error), isLasting(error) ? null : retryButton(retry)];
}

function storedCopy(): HTMLElement {
  return h("p", { class: "stored-copy", role: "status" }, t("common.storedCopy"));
}

function retryButton(retry: () => Promise<void>): HTMLElement {
  const button = h("button", { class: "secondary" }, t("common.tryAgain"));
  return on(button, { click: () => void retry() });
}

/** Return whether another attempt would fail as well: the record is gone, or not the user's. */
function isLasting(error: unknown): boolean {
  return error instanceof Problem && error.status < 500 && error.status !== 429;
}
