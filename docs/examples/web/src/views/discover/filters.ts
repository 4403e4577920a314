/** The form of the search: words and city, and filters that are folded until they are used. */

import type { SearchFacets } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { money } from "../../format";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import { go } from "../../router";
import { PARTS, RADII, type Search, addressOf, countFilters } from "./search";

const MAX_STYLES = 12;

export interface SearchForm {
  element: HTMLElement;
  /** Offer the styles and prices that there are. */
  showFacets: (facets: SearchFacets) => void;
}

/** Create the form of a search. */
export function searchForm(search: Search): SearchForm {
  const price = h("select", { name: "price", id: "search-price" });
  const sort = h("select", { name: "sort", id: "search-sort" });
  const count = countFilters(search);
  const more = h(
    "details",
    { class: "filters", open: count > 0 },
    h("summary", {}, icon("settings"), filtersLabel(count)),
    h(
      "div",
      { class: "filter-row" },
      labelled(t("discover.price"), price),
      labelled(t("discover.order"), sort),
      labelled(t("discover.around"), distance(search)),
      openBooks(search),
    ),
  );
  const form = h(
    "form",
    { class: "search", role: "search" },
    h(
      "div",
      { class: "search-line" },
      textInput("text", t("discover.what"), t("discover.whatExample"), search),
      textInput("city", t("discover.city"), t("discover.cityExample"), search),
      h("button", { class: "primary" }, icon("search"), t("discover.search")),
    ),
    more,
  );
  on(form, {
    submit: (event) => {
      event.preventDefault();
      void submit(form, search);
    },
  });
  const styles = h("div", { class: "styles", role: "group", "aria-label": t("discover.style") });
  showPrices(price, sort, search, null);
  return {
    element: h("div", { class: "search-parts" }, form, styles),
    showFacets(facets) {
      showPrices(price, sort, search, facets);
      fill(styles, ...styleLinks(facets, search));
    },
  };
}

function filtersLabel(count: number): string {
  return count > 0 ? t("discover.filtersSet", { count }) : t("discover.filters");
}

function labelled(label: string, control: HTMLElement): HTMLElement {
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control);
}

function textInput(
  name: "text" | "city",
  label: string,
  placeholder: string,
  search: Search,
): HTMLElement {
  const attributes = { name, id: `search-${name}`, type: "search", placeholder, maxlength: 80 };
  const value = search[name] ?? "";
  return labelled(label, h("input", { ...attributes, value, autocomplete: "off" }));
}

function openBooks({ open }: Search): HTMLElement {
  const box = { name: "open", id: "search-open", type: "checkbox", value: "1" };
  return h(
    "div",
    { class: "field check-field" },
    h("input", { ...box, checked: Boolean(open) }),
    h("label", { for: box.id }, t("discover.open")),
  );
}

function distance({ near, radius }: Search): HTMLSelectElement {
  const chosen = near ? (radius ?? RADII[1]) : "";
  const options = RADII.map((each) => option(each, t("discover.within", { count: each }), chosen));
  const any = option("", t("discover.anyDistance"), chosen);
  return h("select", { name: "radius", id: "search-radius" }, any, ...options);
}

function showPrices(
  price: HTMLSelectElement,
  sort: HTMLSelectElement,
  search: Search,
  facets: SearchFacets | null,
): void {
  const chosen = search.price ?? "";
  const bands = (facets?.prices ?? []).flatMap(({ below, currency }) =>
    below === null ? [] : [`${below}-${currency}`],
  );
  const values = [...new Set([...bands, ...(chosen ? [chosen] : [])])];
  fill(
    price,
    option("", t("discover.anyPrice"), chosen),
    ...values.map((value) => option(value, upTo(value), chosen)),
  );
  const currency = values[0]?.split("-")[1] ?? facets?.prices[0]?.currency;
  const order = search.sort ?? "";
  const byPrice = order.startsWith("price") ? order : currency ? `price-${currency}` : null;
  fill(
    sort,
    option("", search.near ? t("discover.byDistance") : t("discover.byRating"), order),
    search.near ? option("rating", t("discover.byRating"), order) : null,
    option("nextFree", t("discover.byNextFree"), order),
    byPrice ? option(byPrice, t("discover.byPrice"), order) : null,
  );
}

function upTo(value: string): string {
  const [amount, currency = ""] = value.split("-");
  return t("discover.upTo", { amount: money({ amount: Number(amount), currency }) });
}

function option(value: string, label: string, chosen: string): HTMLOptionElement {
  return h("option", { value, selected: value === chosen }, label);
}

/** Return the most frequent styles as links, those of the search first. */
function styleLinks({ styles }: SearchFacets, search: Search): HTMLElement[] {
  const found = styles.map(({ value }) => value).filter((value) => value !== search.style);
  const shown = [...(search.style ? [search.style] : []), ...found].slice(0, MAX_STYLES);
  return shown.map((style) => {
    const { style: current, ...others } = search;
    const isChosen = style === current;
    const href = addressOf(isChosen ? others : { ...search, style });
    const marks = isChosen ? { "aria-current": "true" } : {};
    return h(
      "a",
      { class: "style", href, ...marks },
      styleName(style),
      isChosen ? icon("close") : null,
    );
  });
}

/** Return the name of a style from its slug: `fine line` for `fine-line`. */
export function styleName(slug: string): string {
  return slug.replaceAll("-", " ");
}

async function submit(form: HTMLFormElement, before: Search): Promise<void> {
  const values = new FormData(form);
  const next: Search = before.style ? { style: before.style } : {};
  for (const part of PARTS) {
    const value = String(values.get(part) ?? "").trim();
    if (value) next[part] = value;
  }
  if (next.radius) {
    const near = before.near ?? (await locate());
    if (near) next.near = near;
    else delete next.radius;
  }
  go(addressOf(next));
}

/** Return where the device is, to about a kilometre; nothing if the browser does not say. */
async function locate(): Promise<string | undefined> {
  toast(t("discover.locating"));
  try {
    const { coords } = await new Promise<GeolocationPosition>((resolve, reject) =>
      navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: 10_000 }),
    );
    return `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
  } catch {
    toast(t("discover.notLocated"));
    return undefined;
  }
}
