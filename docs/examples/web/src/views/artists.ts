import { api } from "../api/client";
import type { FoundArtist, paths } from "../api/schema";
import { showCached } from "../cache";
import { fill, h, on } from "../dom";
import { money } from "../format";
import { icon } from "../icons";
import { drawPicture } from "../placeholder-art";
import { type Page, type Visit, go } from "../router";
import { detail, empty, failure, loading } from "./parts";

type ArtistsQuery = NonNullable<paths["/v1/profiles/artists"]["get"]["parameters"]["query"]>;

/** The search page. The search is part of the address, so that it can be shared. */
export function artists({ query, signal }: Visit): Page {
  const results = h("div", { "aria-live": "polite", "aria-busy": "true" }, loading());
  const content = h(
    "section",
    {},
    h(
      "div",
      { class: "hero" },
      h("h1", {}, "Find the hand for your idea"),
      h(
        "p",
        { class: "lead" },
        "Artists who take bookings: look around, pick a free time, talk it through.",
      ),
      searchForm(query),
    ),
    results,
  );
  void search(parseQuery(query), results, signal);
  return { title: "Find an artist", content };
}

function parseQuery(query: URLSearchParams): ArtistsQuery {
  const filters: ArtistsQuery = {};
  const [text, city] = [query.get("text")?.trim(), query.get("city")?.trim()];
  if (text) filters.text = text;
  if (city) filters.city = city;
  if (query.get("open")) filters.booksOpen = true;
  return filters;
}

function searchForm(query: URLSearchParams): HTMLFormElement {
  const input = (name: string, label: string, placeholder: string): HTMLElement =>
    h(
      "label",
      {},
      h("span", {}, label),
      h("input", {
        name,
        type: "search",
        placeholder,
        value: query.get(name) ?? "",
        autocomplete: "off",
      }),
    );
  const element = h(
    "form",
    { class: "search", role: "search" },
    input("text", "Style, name, idea", "fine-line, botanical…"),
    input("city", "City", "anywhere"),
    h(
      "label",
      { class: "check" },
      h("input", { name: "open", type: "checkbox", value: "1", checked: query.has("open") }),
      h("span", {}, "Books open"),
    ),
    h("button", { class: "primary" }, icon("search"), "Search"),
  );
  return on(element, {
    submit: (event) => {
      event.preventDefault();
      const filled = [...new FormData(element)].filter(([, value]) => value !== "");
      const address = new URLSearchParams(filled.map(([name, value]) => [name, String(value)]));
      go(filled.length > 0 ? `/?${address}` : "/");
    },
  });
}

async function search(
  query: ArtistsQuery,
  results: HTMLElement,
  signal: AbortSignal,
): Promise<void> {
  const load = async (): Promise<FoundArtist[]> => {
    const page = await api("get", "/v1/profiles/artists", {
      query: { ...query, limit: 24 },
      signal,
    });
    return page.items;
  };
  const key = `public/artists/${JSON.stringify(query)}`;
  try {
    await showCached(key, load, (items) => fill(results, list(items)));
  } catch (error) {
    if (!signal.aborted) fill(results, failure(error));
  }
  results.removeAttribute("aria-busy");
}

function list(items: FoundArtist[]): HTMLElement {
  if (items.length === 0) return empty("No artists found", "Try fewer words, or another city.");
  return h("ul", { class: "cards" }, ...items.map((item) => h("li", {}, card(item))));
}

function card(artist: FoundArtist): HTMLElement {
  const price = artist.fromPrices[0];
  const { rating } = artist;
  return h(
    "a",
    { class: "card", href: `/artists/${artist.handle}` },
    drawPicture(artist.artistId),
    h(
      "div",
      { class: "card-text" },
      h("h2", {}, artist.businessName || artist.name),
      artist.businessName ? h("p", { class: "muted" }, artist.name) : null,
      h(
        "p",
        { class: "details" },
        artist.city ? detail("pin", artist.city) : null,
        rating.average !== null ? detail("star", `${rating.average} (${rating.count})`) : null,
        price ? detail("calendar", `from ${money(price)}`) : null,
      ),
      h(
        "p",
        { class: "chips" },
        ...artist.styles.slice(0, 4).map((style) => h("span", { class: "chip" }, style)),
      ),
      artist.booksOpen ? null : h("p", { class: "muted" }, "Books closed"),
    ),
  );
}
