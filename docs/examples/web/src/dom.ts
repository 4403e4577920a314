/**
 * Making elements. Text is only ever set as text, never as markup: with the policy in index.html
 * (Trusted Types) the browser refuses anything else, so nothing a person writes becomes a script.
 */

type Child = Node | string | number | null | undefined | false;
type Handlers = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
type Attributes = Record<string, string | number | boolean | null | undefined> & { on?: never };

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("a", { href: "/", class: "brand" }, "Home")`. */
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

/** An SVG element, in the same way. */
export function s(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  assign(element, attributes);
  append(element, children);
  return element as SVGElement;
}

/** The element, listening: `on(h("button", {}, "Book"), { click: book })`. */
export function on<E extends HTMLElement>(element: E, handlers: Handlers): E {
  for (const [name, handler] of Object.entries(handlers)) {
    element.addEventListener(name, handler as EventListener);
  }
  return element;
}

/** Shows `children` in the element, and nothing else. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/**
 * Shows one child per item, keeping those whose `key` and `version` stayed: scrolling, focus and
 * what a screen reader already said survive an update.
 */
export function keyed<Item>(
  parent: Element,
  items: readonly Item[],
  key: (item: Item) => string,
  version: (item: Item) => string,
  make: (item: Item) => HTMLElement,
): void {
  const present = new Map<string, HTMLElement>();
  for (const child of parent.children) {
    if (child instanceof HTMLElement && child.dataset["key"]) {
      present.set(`${child.dataset["key"]} ${child.dataset["version"]}`, child);
    }
  }
  const wanted = items.map((item) => {
    const [itemKey, itemVersion] = [key(item), version(item)];
    const child = present.get(`${itemKey} ${itemVersion}`) ?? make(item);
    child.dataset["key"] = itemKey;
    child.dataset["version"] = itemVersion;
    return child;
  });
  const kept = new Set(wanted);
  for (const child of [...parent.children]) {
    if (!kept.has(child as HTMLElement)) child.remove();
  }
  wanted.forEach((child, index) => {
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
