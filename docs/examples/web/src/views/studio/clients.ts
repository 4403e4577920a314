import { api } from "../../api/client";
import type { ClientSummary } from "../../api/schema";
import { h } from "../../dom";
import { date, money } from "../../format";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { pagedList } from "../paging";
import { backLink, empty, person, requireArtist } from "../parts";
import { loadedSection } from "../screen";

/** The clients of the studio with what they spent. */
export const clients = requireArtist(({ signal }: Visit): Page => {
  const load = (cursor?: string) => {
    const query = { limit: 50, ...(cursor ? { cursor } : {}) };
    return api("get", "/v1/profiles/clients", { query, signal });
  };
  const list = loadedSection({
    key: "my/studio/clients",
    load,
    render: (first) => [pagedList({ first, load, row, list: "rows" })],
    empty: ({ items }) =>
      items.length === 0 ? empty(t("clients.none"), t("clients.noneText")) : null,
    signal,
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.clients")),
    list.element,
  );
  return { title: t("studio.clients"), content };
});

function row(client: ClientSummary): HTMLElement {
  return h(
    "a",
    { class: "tile", href: `/studio/clients/${client.clientId}` },
    person(
      { id: client.clientId, name: client.name || null, avatar: client.avatar },
      h("p", { class: "muted" }, totals(client)),
    ),
  );
}

/** Return the totals of a client's visits in words. */
export function totals({ visits, spend, nextVisitAt, noShows }: ClientSummary): string {
  return [
    t("clients.visits", { count: visits }),
    ...spend.map(money),
    noShows > 0 ? t("clients.noShows", { count: noShows }) : "",
    nextVisitAt ? t("clients.next", { date: date(nextVisitAt) }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
