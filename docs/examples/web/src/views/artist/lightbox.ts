/** The dialog that shows the works of an artist one by one, large. */

import { api } from "../../api/client";
import type { PortfolioItemView } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import { go } from "../../router";
import { getCurrentUser } from "../../session";
import { styleName } from "../discover/filters";
import { openDialog } from "../dialog";
import { picture } from "../face";
import { describe, signInPath } from "../parts";
import { reportButton } from "./report";
import { workName } from "./works";

/** One picture of a work, or the two that show it fresh and healed. */
interface Shot {
  item: PortfolioItemView;
  /** Files that are shown together, with what each one shows. */
  files: { id: string; label: string | null }[];
}

/** Open the pictures of works, beginning with the work at `start`. */
export function openLightbox(items: readonly PortfolioItemView[], start: number): void {
  const shots = items.flatMap(shotsOf);
  let index = Math.max(
    0,
    shots.findIndex(({ item }) => item === items[start]),
  );
  const frame = h("div", { class: "lightbox-picture" });
  const about = h("div", { class: "lightbox-about", "aria-live": "polite" });
  const button = (name: string, icon_: "back" | "close", css: string): HTMLButtonElement =>
    h("button", { class: `secondary round ${css}`, "aria-label": name }, icon(icon_));
  const previous = button(t("artist.previous"), "back", "previous");
  const next = button(t("artist.next"), "back", "next");
  const close = button(t("common.close"), "close", "close");
  const show = (): void => {
    const shot = shots[index];
    if (!shot) return;
    fill(frame, ...shot.files.map((file) => figure(file, shot.item, index)));
    frame.classList.toggle("pair", shot.files.length > 1);
    previous.disabled = index === 0;
    next.disabled = index === shots.length - 1;
    fill(about, ...caption(shot.item, index, shots.length));
  };
  const step = (by: number): void => {
    index = Math.min(Math.max(index + by, 0), shots.length - 1);
    show();
  };
  const dialog = openDialog(t("artist.works"), close, frame, previous, next, about);
  dialog.classList.add("lightbox");
  on(previous, { click: () => step(-1) });
  on(next, { click: () => step(1) });
  on(close, { click: () => dialog.close() });
  on(dialog, {
    keydown: ({ key }) => {
      if (key === "ArrowLeft") step(-1);
      if (key === "ArrowRight") step(1);
    },
  });
  show();
}

/** Return the shots of a work: the fresh and the healed picture together, each other one alone. */
function shotsOf(item: PortfolioItemView): Shot[] {
  const { pair, fileIds } = item;
  const state = item.state === null ? null : t(`artist.${item.state}`);
  const single = (id: string): Shot => ({ item, files: [{ id, label: state }] });
  if (!pair) return fileIds.map(single);
  const files = [
    { id: pair.fresh, label: t("artist.fresh") },
    { id: pair.healed, label: t("artist.healed") },
  ];
  const others = fileIds.filter((id) => id !== pair.fresh && id !== pair.healed);
  return [{ item, files }, ...others.map(single)];
}

function figure(
  { id, label }: Shot["files"][number],
  item: PortfolioItemView,
  index: number,
): HTMLElement {
  const name = [workName(item, index + 1), label].filter(Boolean).join(", ");
  return h(
    "figure",
    {},
    picture(id, name),
    label ? h("figcaption", { class: "chip" }, label) : null,
  );
}

function caption(item: PortfolioItemView, index: number, total: number): (HTMLElement | null)[] {
  const { caption: text, style, source } = item;
  return [
    h("p", {}, text || null, style ? h("span", { class: "muted" }, ` ${styleName(style)}`) : null),
    source?.permalink ? sourceLink(source.permalink, source.provider) : null,
    h(
      "div",
      { class: "actions" },
      likeButton(item),
      reportButton("portfolio_item", item.id),
      h("span", { class: "muted position" }, t("artist.position", { count: index + 1, total })),
    ),
  ];
}

function sourceLink(href: string, provider: string): HTMLElement {
  const name = provider === "instagram" ? "Instagram" : "Facebook";
  return h(
    "a",
    { href, target: "_blank", rel: "noopener" },
    t("artist.source", { provider: name }),
  );
}

/** Create the button that likes a work, with how many do. */
function likeButton(item: PortfolioItemView): HTMLElement {
  const button = h("button", { class: "quiet like" });
  const path = { id: item.id };
  let isLiked = false;
  const show = (liked: boolean): void => {
    isLiked = liked;
    button.setAttribute("aria-pressed", String(liked));
    const count = item.likes > 0 ? ` · ${t("artist.likes", { count: item.likes })}` : "";
    fill(button, icon("heart"), (liked ? t("artist.liked") : t("artist.like")) + count);
  };
  const change = async (): Promise<void> => {
    if (!getCurrentUser()) return go(signInPath());
    button.disabled = true;
    try {
      const method = isLiked ? "delete" : "put";
      const answer = await api(method, "/v1/profiles/portfolio/{id}/like", { path });
      item.likes = answer.likes;
      show(answer.liked);
    } catch (error) {
      toast(describe(error));
    }
    button.disabled = false;
  };
  show(false);
  if (getCurrentUser()) {
    const query = { itemIds: item.id };
    void api("get", "/v1/profiles/portfolio/likes", { query }).then(
      ({ items }) => show(items.includes(item.id)),
      () => undefined,
    );
  }
  return on(button, { click: () => void change() });
}
