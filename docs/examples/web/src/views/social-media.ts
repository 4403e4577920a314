/** Pictures of a social account, to choose from and import into the portfolio. */

import { api } from "../api/client";
import type { MediumView } from "../api/schema";
import { fill, h, on } from "../dom";
import { toast } from "../layout";

const PAGE = 20;
const STATES: Record<string, string> = {
  queued: "being fetched",
  inspecting: "being inspected",
  placing: "being added",
  imported: "in your portfolio",
  split: "imported by its pictures",
  removed: "deleted from your portfolio",
  failed: "not imported",
};

/** Return a button that opens the pictures of an account. The provider is asked only then. */
export function mediaPicker(accountId: string): HTMLElement {
  const element = h("div", { class: "setting" });
  const open = h("button", { class: "secondary" }, "Choose pictures");
  on(open, { click: () => void showNext(element, accountId, null) });
  fill(element, open);
  return element;
}

async function showNext(
  element: HTMLElement,
  accountId: string,
  cursor: string | null,
): Promise<void> {
  try {
    const query = { limit: PAGE, ...(cursor ? { cursor } : {}) };
    const path = "/v1/social/accounts/{id}/media";
    const page = await api("get", path, { path: { id: accountId }, query });
    const choices = page.items.map(choice);
    const chosen = (): string[] =>
      choices.filter(({ box }) => box.checked).map(({ medium }) => medium.id);
    const order = h("button", { class: "primary" }, "Import into the portfolio");
    on(order, { click: () => void importMedia(order, accountId, chosen()) });
    const older = h("button", { class: "quiet" }, "Older");
    on(older, { click: () => void showNext(element, accountId, page.nextCursor) });
    fill(
      element,
      page.items.length ? null : h("p", {}, "There are no pictures."),
      h("div", { class: "media-choice" }, ...choices.map(({ row }) => row)),
      h("div", { class: "actions" }, choices.length ? order : null, page.nextCursor ? older : null),
    );
  } catch (error) {
    fill(element, h("p", { class: "failure" }, error instanceof Error ? error.message : ""));
  }
}

interface Choice {
  medium: MediumView;
  box: HTMLInputElement;
  row: HTMLElement;
}

function choice(medium: MediumView): Choice {
  const name = medium.caption || medium.kind;
  const box = h("input", { type: "checkbox", "aria-label": name });
  const state = medium.importState ? STATES[medium.importState] : null;
  const row = h(
    "label",
    {},
    medium.previewUrl
      ? h("img", { src: medium.previewUrl, alt: "", width: 96, height: 96, loading: "lazy" })
      : null,
    box,
    ` ${name}`,
    state ? h("small", { class: "muted" }, ` (${state})`) : null,
  );
  return { medium, box, row };
}

async function importMedia(
  button: HTMLButtonElement,
  accountId: string,
  mediaIds: string[],
): Promise<void> {
  if (!mediaIds.length) return toast("Choose a picture first.");
  button.disabled = true;
  try {
    const body = { mediaIds, target: { type: "portfolio" as const } };
    const path = "/v1/social/accounts/{id}/media/imports";
    const { items } = await api("post", path, { path: { id: accountId }, body });
    const what = items.length === 1 ? "1 picture is" : `${items.length} pictures are`;
    toast(`${what} being imported. You find them in your portfolio after inspection.`);
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
  }
  button.disabled = false;
}
