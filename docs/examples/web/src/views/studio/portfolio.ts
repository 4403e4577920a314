import { api } from "../../api/client";
import type { AlbumSummary, PortfolioItemView } from "../../api/schema";
import { h, on } from "../../dom";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { workName } from "../artist/works";
import { picture } from "../face";
import { backLink, describe, empty, requireArtist } from "../parts";
import { type LoadedSection, loadedSection } from "../screen";
import { openAlbum } from "./album";
import { openWork } from "./work";

import "../../styles/portfolio.css";
import "../../styles/studio.css";

interface Portfolio {
  works: PortfolioItemView[];
  albums: AlbumSummary[];
}

/** The works on the artist's page in their order, and the albums. */
export const portfolio = requireArtist(({ signal }: Visit): Page => {
  const whole: LoadedSection = loadedSection<Portfolio>({
    key: "my/studio/portfolio",
    signal,
    load: () => loadPortfolio(signal),
    render: ({ works, albums }) => [
      worksPart(works, whole.reload),
      albumsPart(albums, works, whole.reload),
    ],
  });
  const content = h(
    "section",
    { class: "studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.portfolio")),
    h("p", { class: "muted" }, t("portfolio.text")),
    whole.element,
  );
  return { title: t("studio.portfolio"), content };
});

async function loadPortfolio(signal: AbortSignal): Promise<Portfolio> {
  const works: PortfolioItemView[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 50, ...(cursor ? { cursor } : {}) };
    const page = await api("get", "/v1/profiles/me/portfolio", { query, signal });
    works.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  const albums = await api("get", "/v1/profiles/me/albums", { signal });
  return { works, albums: albums.items };
}

function worksPart(works: PortfolioItemView[], reload: () => Promise<void>): HTMLElement {
  const add = h("button", { class: "primary" }, icon("plus"), t("portfolio.add"));
  on(add, { click: () => openWork(null, reload) });
  if (works.length === 0) return empty(t("portfolio.none"), t("portfolio.noneText"), add);
  const tiles = works.map((work, index) => workTile(work, index, works.length, reload));
  return h(
    "div",
    { class: "stack" },
    h("div", { class: "actions" }, add),
    h("ul", { class: "own-works" }, ...tiles),
  );
}

function workTile(
  work: PortfolioItemView,
  index: number,
  count: number,
  reload: () => Promise<void>,
): HTMLElement {
  const name = workName(work, index + 1);
  const edit = h(
    "button",
    { class: "shot", "aria-label": t("portfolio.edit", { name }) },
    picture(work.fileId, ""),
  );
  const move = async (position: number): Promise<void> => {
    const path = { id: work.id };
    try {
      await api("put", "/v1/profiles/me/portfolio/{id}/position", { path, body: { position } });
      await reload();
    } catch (error) {
      toast(describe(error));
    }
  };
  const step = (label: string, css: string, position: number): HTMLElement => {
    const isPossible = position >= 0 && position < count;
    const attributes = { class: `quiet round ${css}`, "aria-label": label, disabled: !isPossible };
    return on(h("button", attributes, icon("back")), { click: () => void move(position) });
  };
  return h(
    "li",
    {},
    on(edit, { click: () => openWork(work, reload) }),
    h(
      "div",
      { class: "work-line" },
      step(t("portfolio.earlier", { name }), "previous", index - 1),
      h("span", { class: "work-name" }, name),
      step(t("portfolio.later", { name }), "next", index + 1),
    ),
    work.hidden
      ? h("p", { class: "failure" }, t("portfolio.hidden", { reason: work.hidden.reason }))
      : null,
  );
}

function albumsPart(
  albums: AlbumSummary[],
  works: PortfolioItemView[],
  reload: () => Promise<void>,
): HTMLElement {
  const add = h("button", { class: "secondary" }, icon("plus"), t("portfolio.addAlbum"));
  on(add, { click: () => void openAlbum(null, works, reload) });
  const rows = albums.map((album) => {
    const edit = h(
      "button",
      { class: "secondary", "aria-label": t("portfolio.editAlbum", { name: album.name }) },
      t("common.edit"),
    );
    on(edit, { click: () => void openAlbum(album, works, reload) });
    const count = t("portfolio.works", { count: album.items });
    const details = album.public ? count : `${count} · ${t("portfolio.private")}`;
    return h(
      "li",
      { class: "setting-row" },
      h("div", {}, h("h3", {}, album.name), h("p", { class: "muted" }, details)),
      edit,
    );
  });
  return h(
    "section",
    { class: "block", "aria-label": t("portfolio.albums") },
    h("h2", {}, t("portfolio.albums")),
    rows.length > 0
      ? h("ul", { class: "rows" }, ...rows)
      : h("p", { class: "muted" }, t("portfolio.noAlbums")),
    works.length > 0 ? h("div", { class: "actions" }, add) : null,
  );
}
