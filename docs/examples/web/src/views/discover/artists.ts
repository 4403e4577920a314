import { api } from "../../api/client";
import type { FoundArtistList } from "../../api/schema";
import { h } from "../../dom";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { pagedList } from "../paging";
import { empty } from "../parts";
import { loadedSection } from "../screen";
import { artistCard } from "./card";
import { searchForm } from "./filters";
import { type Search, apiQuery, readSearch } from "./search";

import "../../styles/discover.css";
import "../../styles/lists.css";

/** The search page. The search is part of the address, so that it can be shared. */
export function artists({ query, signal }: Visit): Page {
  const search = readSearch(query);
  const criteria = apiQuery(search);
  const form = searchForm(search);
  const load = (cursor?: string): Promise<FoundArtistList> => {
    const paging = cursor ? { cursor, facets: false } : {};
    return api("get", "/v1/profiles/artists", { query: { ...criteria, ...paging }, signal });
  };
  const results = loadedSection({
    key: `public/artists/${JSON.stringify(criteria)}`,
    signal,
    load: () => load(),
    render(found) {
      if (found.facets) form.showFacets(found.facets);
      if (found.items.length === 0) return [nobody(search)];
      return [
        h("h2", { class: "count" }, t("discover.results", { count: found.total })),
        pagedList({ first: found, load, row: artistCard, list: "cards" }),
      ];
    },
  });
  const content = h(
    "section",
    { class: "discover" },
    h(
      "div",
      { class: "hero" },
      h("h1", {}, t("discover.heading")),
      h("p", { class: "lead" }, t("discover.lead")),
    ),
    form.element,
    results.element,
  );
  return { title: t("discover.title"), content };
}

function nobody(search: Search): HTMLElement {
  if (Object.keys(search).length === 0) return empty(t("discover.first"), t("discover.firstText"));
  const clear = h("a", { class: "button secondary", href: "/" }, t("discover.clear"));
  return empty(t("discover.none"), t("discover.noneText"), clear);
}
