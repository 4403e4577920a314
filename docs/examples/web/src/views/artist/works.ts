/** The works of an artist: the portfolio and its albums. */

import { api } from "../../api/client";
import type {
  AlbumSummary,
  ArtistPageView,
  PortfolioItemList,
  PortfolioItemView,
} from "../../api/schema";
import { h, on } from "../../dom";
import { icon } from "../../icons";
import { t } from "../../messages";
import { styleName } from "../discover/filters";
import { picture } from "../face";
import { pagedList } from "../paging";
import { empty } from "../parts";
import { type LoadedSection, loadedSection } from "../screen";
import { openLightbox } from "./lightbox";

/** Create the section of an artist's works. */
export function works(page: ArtistPageView, signal: AbortSignal): HTMLElement {
  const shown = h("div", {});
  const choose = (album: AlbumSummary | null): void => {
    shown.replaceChildren(gallery(page, album, signal).element);
  };
  const path = { handle: page.artistId };
  const albums = loadedSection({
    key: `public/albums/${page.artistId}`,
    signal,
    load: () => api("get", "/v1/profiles/artists/{handle}/albums", { path, signal }),
    render: ({ items }) => [albumChoice(items, choose)],
  });
  choose(null);
  return h(
    "section",
    { "aria-label": t("artist.works") },
    h("h2", {}, t("artist.works")),
    albums.element,
    shown,
  );
}

/** Create the buttons that choose an album, or all works. */
function albumChoice(
  albums: readonly AlbumSummary[],
  choose: (album: AlbumSummary | null) => void,
): HTMLElement | null {
  const filled = albums.filter(({ items }) => items > 0);
  if (filled.length === 0) return null;
  const group = h("div", { class: "styles", role: "group", "aria-label": t("artist.albums") });
  const options: [AlbumSummary | null, string][] = [
    [null, t("artist.allWorks")],
    ...filled.map((album): [AlbumSummary, string] => [album, album.name]),
  ];
  for (const [album, name] of options) {
    const button = h("button", { class: "style", "aria-pressed": String(album === null) }, name);
    const show = (): void => {
      for (const each of group.children) each.setAttribute("aria-pressed", String(each === button));
      choose(album);
    };
    group.append(on(button, { click: show }));
  }
  return group;
}

function gallery(
  page: ArtistPageView,
  album: AlbumSummary | null,
  signal: AbortSignal,
): LoadedSection {
  const { artistId: handle, name } = page;
  const load = async (cursor?: string): Promise<PortfolioItemList> => {
    const query = { limit: 12, ...(cursor ? { cursor } : {}) };
    if (!album) {
      const path = { handle };
      return api("get", "/v1/profiles/artists/{handle}/portfolio", { path, query, signal });
    }
    const path = { handle, album: album.id };
    return api("get", "/v1/profiles/artists/{handle}/albums/{album}", { path, query, signal });
  };
  const all: PortfolioItemView[] = [];
  const row = (item: PortfolioItemView): HTMLElement => {
    const label = t("artist.openWork", { name: workName(item, all.indexOf(item) + 1) });
    const button = h("button", { class: "shot", "aria-label": label }, picture(item.fileId, ""));
    if (item.fileIds.length > 1) button.append(severalMark());
    return on(button, { click: () => openLightbox(all, all.indexOf(item)) });
  };
  return loadedSection({
    key: `public/works/${handle}/${album?.id ?? "all"}`,
    signal,
    load: () => load(),
    empty: ({ items }) =>
      items.length > 0 ? null : empty(t("artist.noWorks"), t("artist.noWorksText", { name })),
    render(first) {
      all.splice(0, all.length, ...first.items);
      const next = async (cursor: string): Promise<PortfolioItemList> => {
        const page = await load(cursor);
        all.push(...page.items);
        return page;
      };
      return [pagedList({ first, load: next, row, more: t("artist.moreWorks"), list: "works" })];
    },
  });
}

function severalMark(): HTMLElement {
  return h("span", { class: "several" }, icon("image"));
}

/** Return the name of a work: its caption, or its style and position. */
export function workName({ caption, style }: PortfolioItemView, position: number): string {
  return (
    caption || `${style ? `${styleName(style)}, ` : ""}${t("artist.work", { count: position })}`
  );
}
