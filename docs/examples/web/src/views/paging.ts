/** Lists that are loaded page by page. */

import { fill, h, on } from "../dom";
import { t } from "../messages";
import { describe } from "./parts";

interface Paged<Item> {
  items: readonly Item[];
  nextCursor: string | null;
}

interface Pages<Item> {
  /** The first page. */
  first: Paged<Item>;
  load: (cursor: string) => Promise<Paged<Item>>;
  row: (item: Item) => HTMLElement;
  /** Text of the button that shows the next page. */
  more?: string;
  /** Class of the list. */
  list: string;
  /** Called with the items of every page that is added. */
  added?: (items: readonly Item[]) => void;
}

/** Create a list with a button that adds the next page, as long as there is one. */
export function pagedList<Item>(pages: Pages<Item>): HTMLElement {
  const list = h("ul", { class: pages.list });
  const foot = h("div", { class: "paging" });
  const show = ({ items, nextCursor }: Paged<Item>): HTMLElement | null => {
    const rows = items.map((item) => h("li", {}, pages.row(item)));
    list.append(...rows);
    pages.added?.(items);
    fill(foot, nextCursor === null ? null : moreButton(nextCursor));
    return rows[0] ?? null;
  };
  const moreButton = (cursor: string): HTMLElement => {
    const button = h("button", { class: "secondary" }, pages.more ?? t("common.more"));
    const failure = h("p", { class: "failure", role: "alert" });
    const next = async (): Promise<void> => {
      button.disabled = true;
      fill(failure);
      try {
        const first = show(await pages.load(cursor));
        first?.querySelector<HTMLElement>("a, button")?.focus();
      } catch (error) {
        button.disabled = false;
        fill(failure, describe(error));
      }
    };
    return h("div", {}, failure, on(button, { click: () => void next() }));
  };
  show(pages.first);
  return h("div", { class: "paged" }, list, foot);
}
