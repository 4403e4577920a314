/** The dialog that adds an album, or changes one. */

import { api } from "../../api/client";
import type { AlbumSummary, PortfolioItemView } from "../../api/schema";
import { h, on } from "../../dom";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { workName } from "../artist/works";
import { openDialog } from "../dialog";
import { picture } from "../face";
import { describe } from "../parts";
import { confirmDeletion } from "./confirm";

/** Open the dialog of an album, or of a new one; `changed` is called when it is saved. */
export async function openAlbum(
  album: AlbumSummary | null,
  works: readonly PortfolioItemView[],
  changed: () => Promise<void>,
): Promise<void> {
  const before = await itemsOf(album).catch((error: unknown) => toast(describe(error)));
  if (!before) return;
  const title = album ? t("portfolio.editAlbum", { name: album.name }) : t("portfolio.addAlbum");
  const choice = worksChoice(works, before);
  const fields: Field[] = [
    { name: "name", label: t("portfolio.albumName"), maxlength: 100, value: album?.name ?? "" },
    {
      name: "public",
      label: t("portfolio.albumPublic"),
      type: "checkbox",
      checked: album?.public ?? true,
    },
  ];
  const idempotencyKey = crypto.randomUUID();
  const save = async (values: Record<string, string>): Promise<void> => {
    const itemIds = chosen(choice, before);
    const body = { name: values["name"] ?? "", public: "public" in values, itemIds };
    if (album) {
      await api("patch", "/v1/profiles/me/albums/{id}", { path: { id: album.id }, body });
    } else {
      await api("post", "/v1/profiles/me/albums", { body, idempotencyKey });
    }
    dialog.close();
    toast(t("common.saved"));
    await changed();
  };
  const dialog = openDialog(
    title,
    h("h2", {}, title),
    form(fields, t("common.save"), save, choice),
    ...(album ? [deleteButton(album, () => dialog.close(), changed)] : []),
  );
}

/** Return the ids of the works of an album, in their order. */
async function itemsOf(album: AlbumSummary | null): Promise<string[]> {
  if (!album) return [];
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 50, ...(cursor ? { cursor } : {}) };
    const path = { id: album.id };
    const page = await api("get", "/v1/profiles/me/albums/{id}", { path, query });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

function worksChoice(works: readonly PortfolioItemView[], before: readonly string[]): HTMLElement {
  const rows = works.map((work, index) => {
    const id = `album-${work.id}`;
    const checked = before.includes(work.id);
    return h(
      "li",
      {},
      h("input", { type: "checkbox", id, value: work.id, checked }),
      h("label", { for: id }, picture(work.fileId, ""), h("span", {}, workName(work, index + 1))),
    );
  });
  return h(
    "fieldset",
    { class: "album-works" },
    h("legend", {}, t("portfolio.albumWorks")),
    h("ul", {}, ...rows),
  );
}

/** Return the chosen works: those of before in their order, then the others. */
function chosen(choice: HTMLElement, before: readonly string[]): string[] {
  const boxes = [...choice.querySelectorAll<HTMLInputElement>("input:checked")];
  const ids = boxes.map(({ value }) => value);
  const kept = before.filter((id) => ids.includes(id));
  return [...kept, ...ids.filter((id) => !before.includes(id))];
}

function deleteButton(
  { id, name }: AlbumSummary,
  close: () => void,
  changed: () => Promise<void>,
): HTMLElement {
  const title = t("portfolio.deleteAlbum");
  const button = h("button", { type: "button", class: "quiet" }, title);
  const ask = (): void => {
    close();
    confirmDeletion(title, t("portfolio.deleteAlbumText", { name }), async () => {
      await api("delete", "/v1/profiles/me/albums/{id}", { path: { id } });
      toast(t("portfolio.albumDeleted"));
      await changed();
    });
  };
  return on(button, { click: ask });
}
