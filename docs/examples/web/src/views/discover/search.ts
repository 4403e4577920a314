/** The search for artists as it stands in the address of the page. */

import type { paths } from "../../api/schema";

type Query = NonNullable<paths["/v1/profiles/artists"]["get"]["parameters"]["query"]>;

/** Names of the parts of a search, in the address and as fields of the form. */
export const PARTS = ["text", "city", "style", "price", "sort", "near", "radius", "open"] as const;
export type Search = Partial<Record<(typeof PARTS)[number], string>>;

export const RADII = ["10", "25", "50", "100"] as const;
const PAGE_SIZE = 12;

/** Read the search from an address. */
export function readSearch(query: URLSearchParams): Search {
  const found = PARTS.map((part) => [part, query.get(part)?.trim() ?? ""] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== ""));
}

/** Return the address of a search. */
export function addressOf(search: Search): string {
  const filled = PARTS.flatMap((part) => (search[part] ? [[part, search[part]]] : []));
  return filled.length > 0 ? `/?${new URLSearchParams(filled)}` : "/";
}

/** Return the search as the API takes it. `price` is an amount and a currency: `20000-EUR`. */
export function apiQuery(search: Search): Query {
  const query: Query = { limit: PAGE_SIZE, facets: true };
  if (search.text) query.text = search.text;
  if (search.city) query.city = search.city;
  if (search.style) query.style = search.style;
  if (search.open) query.booksOpen = true;
  const [amount, currency] = search.price?.split("-") ?? [];
  if (amount && currency) Object.assign(query, { maxPrice: Number(amount), currency });
  const [lat, lon] = search.near?.split(",").map(Number) ?? [];
  if (lat !== undefined && lon !== undefined) {
    Object.assign(query, { lat, lon, radiusKm: Number(search.radius ?? RADII[1]) });
  }
  const [sort, sortCurrency] = search.sort?.split("-") ?? [];
  if (sort === "price" && sortCurrency) {
    Object.assign(query, { sort, currency: currency ?? sortCurrency });
  } else if (sort === "rating" || sort === "nextFree") query.sort = sort;
  else if (sort === "distance" && search.near) query.sort = sort;
  return query;
}

/** Return how many filters are set besides words and city. */
export function countFilters({ price, sort, near, open }: Search): number {
  return [price, sort, near, open].filter(Boolean).length;
}
