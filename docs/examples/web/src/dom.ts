/**
 * DOM elements. Text is only ever set as text, never parsed as markup: the policy in index.html
 * (Trusted Types) makes the browser refuse anything else, so user input can never become a script.
 */

export type Child = Node | string | number | null | undefined | false;
type Handlers = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
type Attributes = Record<string, string | number | boolean | null | undefined> & { on?: never };

const SVG = "http://www.w3.org/2000/svg";

/** Create an element: `h("a", { href: "/", class: "brand" }, "Home")`. */
export function h<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  assign(element, attributes);
  append(element, children);
  return element;
}

/** Create an SVG element in the same way. */
export function s(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  assign(element, attributes);
  append(element, children);
  return element as SVGElement;
}

/** Add event handlers and return the element: `on(h("button", {}, "Book"), { click: book })`. */
export function on<E extends HTMLElement>(element: E, handlers: Handlers): E {
  for (const [name, handler] of Object.entries(handlers)) {
    element.addEventListener(name, handler as EventListener);
  }
  return element;
}

/** Replace the content of the element with `children`. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/**
 * Show one child per item and reuse those whose `key` and `version` are unchanged.
 *
 * Reuse preserves the scroll position and the focus, and screen readers do not repeat old items.
 */
export function fillKeyed<Item>(
  parent: Element,
  items: readonly Item[],
  key: (item: Item) => string,
  version: (item: Item) => string,
  make: (item: Item) => HTMLElement,
): void {
  const existing = new Map<string, HTMLElement>();
  for (const child of parent.children) {
    if (child instanceof HTMLElement && child.dataset["key"]) {
      existing.set(`${child.dataset["key"]} ${child.dataset["version"]}`, child);
    }
  }
  const updated = items.map((item) => {
    const [itemKey, itemVersion] = [key(item), version(item)];
    const child = existing.get(`${itemKey} ${itemVersion}`) ?? make(item);
    child.dataset["key"] = itemKey;
    child.dataset["version"] = itemVersion;
    return child;
  });
  const reused = new Set(updated);
  for (const child of [...parent.children]) {
    if (!reused.has(child as HTMLElement)) child.remove();
  }
  updated.forEach((child, index) => {
    if (parent.children[index] !== child)
      parent.insertBefore(child, parent.children[index] ?? null);
  });
}

function assign(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}
