/** The dialog that adds a work to the portfolio, or changes one. */

import { api } from "../../api/client";
import type { PortfolioItemView } from "../../api/schema";
import { h, on } from "../../dom";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { workName } from "../artist/works";
import { openDialog } from "../dialog";
import { picture } from "../face";
import { type FileField, fileField } from "../file-field";
import { confirmDeletion } from "./confirm";

const MOST_PICTURES = 10;
const NO_STATE = "none";

/** Open the dialog of a work, or of a new one; `changed` is called when it is saved. */
export function openWork(work: PortfolioItemView | null, changed: () => Promise<void>): void {
  const title = work ? t("portfolio.edit", { name: workName(work, 1) }) : t("portfolio.add");
  const files = fileField({
    label: t("portfolio.pictures"),
    hint: t("portfolio.picturesHint"),
    purpose: "portfolio",
    accept: "image/jpeg,image/png,image/webp",
    limit: MOST_PICTURES - (work?.fileIds.length ?? 0),
  });
  const idempotencyKey = crypto.randomUUID();
  const save = async (values: Record<string, string>): Promise<void> => {
    await saveWork(work, values, files, idempotencyKey);
    dialog.close();
    toast(work ? t("common.saved") : t("portfolio.added"));
    await changed();
  };
  const editor = form(fieldsOf(work), t("common.save"), save, files.element);
  const dialog = openDialog(
    title,
    h("h2", {}, title),
    work ? pictures(work) : h("span", { hidden: true }),
    editor,
    ...(work ? [deleteButton(work, () => dialog.close(), changed)] : []),
  );
}

function pictures({ fileIds }: PortfolioItemView): HTMLElement {
  const shown = fileIds.map((id, index) =>
    h("li", {}, picture(id, t("artist.work", { count: index + 1 })), h("span", {}, index + 1)),
  );
  return h("ol", { class: "work-pictures" }, ...shown);
}

function fieldsOf(work: PortfolioItemView | null): Field[] {
  const caption = { name: "caption", label: t("portfolio.caption"), maxlength: 500 };
  const style = { name: "style", label: t("portfolio.style"), maxlength: 50 };
  return [
    { ...caption, value: work?.caption ?? "", required: false },
    { ...style, value: work?.style ?? "", required: false },
    {
      name: "state",
      label: t("portfolio.state"),
      type: "select",
      options: [
        [NO_STATE, t("portfolio.state_none")],
        ["fresh", t("portfolio.state_fresh")],
        ["healed", t("portfolio.state_healed")],
      ],
      value: work?.state ?? NO_STATE,
    },
    ...pairFields(work),
  ];
}

/** Return the fields that say which pictures show the work fresh and healed. */
function pairFields(work: PortfolioItemView | null): Field[] {
  if (!work || work.fileIds.length < 2) return [];
  const options = [
    ["", t("portfolio.noPair")] as const,
    ...work.fileIds.map((id, index) => [id, String(index + 1)] as const),
  ];
  const pair = { type: "select", options, required: false };
  return [
    { ...pair, name: "fresh", label: t("portfolio.freshPicture"), value: work.pair?.fresh ?? "" },
    {
      ...pair,
      name: "healed",
      label: t("portfolio.healedPicture"),
      value: work.pair?.healed ?? "",
    },
  ];
}

async function saveWork(
  work: PortfolioItemView | null,
  values: Record<string, string>,
  files: FileField,
  idempotencyKey: string,
): Promise<void> {
  const { caption = "", style = "", state = NO_STATE, fresh = "", healed = "" } = values;
  const fileIds = [...(work?.fileIds ?? []), ...(await files.uploaded())];
  if (fileIds.length === 0) throw new Error(t("portfolio.noPictures"));
  const body = {
    caption,
    style: style.trim() || null,
    state: state === "fresh" || state === "healed" ? state : null,
    fileIds,
    pair: fresh && healed && fresh !== healed ? { fresh, healed } : null,
  } as const;
  if (work) {
    const path = { id: work.id };
    await api("patch", "/v1/profiles/me/portfolio/{id}", { path, body });
  } else {
    await api("post", "/v1/profiles/me/portfolio", { body, idempotencyKey });
  }
}

function deleteButton(
  { id, likes }: PortfolioItemView,
  close: () => void,
  changed: () => Promise<void>,
): HTMLElement {
  const button = h("button", { type: "button", class: "quiet" }, t("common.delete"));
  const lost = likes > 0 ? t("portfolio.lostLikes", { count: likes }) : "";
  const ask = (): void => {
    close();
    confirmDeletion(t("common.delete"), t("portfolio.deleteText", { likes: lost }), async () => {
      await api("delete", "/v1/profiles/me/portfolio/{id}", { path: { id } });
      toast(t("portfolio.deleted"));
      await changed();
    });
  };
  return on(button, { click: ask });
}
