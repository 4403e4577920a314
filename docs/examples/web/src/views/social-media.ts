/** A picker of an account's pictures and videos, to import them into the portfolio. */

import { api } from "../api/client";
import type { ImportProblem, MediaImportView, MediumView } from "../api/schema";
import { fill, h, on } from "../dom";
import { toast } from "../layout";
import { poll } from "../polling";
import { loading } from "./parts";

const IMPORTS = "/v1/social/accounts/{id}/media/imports";
const IMPORT = "/v1/social/accounts/{id}/media/imports/{import_id}";
const LOOKS = 20;
const PROBLEMS: Record<ImportProblem, string> = {
  needs_reconnect: "connect the account again",
  rate_limited: "waits: the provider takes no more calls for now",
  provider_unavailable: "waits: the provider does not respond",
  media_gone: "no longer there",
  content_unavailable: "the provider does not hand it out",
  too_large: "too large",
  rejected: "not accepted",
  timed_out: "took too long",
  portfolio_full: "your portfolio is full",
  consultation_closed: "the consultation is over",
  consultation_full: "the consultation has enough pictures",
  consultation_unknown: "there is no such consultation",
};

/** Create a button that shows what an account has published. */
export function mediaPicker(id: string): HTMLElement {
  const place = h("div", {});
  const open = h("button", { class: "secondary", type: "button" }, "Import pictures");
  on(open, {
    click: () => {
      open.hidden = true;
      const items = h("ul", { class: "works" });
      fill(place, loading());
      void showPage(id, items, place, null);
    },
  });
  return h("div", {}, open, place);
}

async function showPage(
  id: string,
  items: HTMLElement,
  place: HTMLElement,
  cursor: string | null,
): Promise<void> {
  try {
    const query = cursor === null ? { limit: 12 } : { limit: 12, cursor };
    const page = await api("get", "/v1/social/accounts/{id}/media", { path: { id }, query });
    items.append(...page.items.map(choice));
    const { nextCursor } = page;
    const more = h("button", { class: "quiet", type: "button" }, "Show more");
    on(more, { click: () => void showPage(id, items, place, nextCursor) });
    const add = h("button", { class: "primary", type: "button" }, "Add to portfolio");
    on(add, { click: () => void importChosen(id, items, add) });
    const actions = h("div", { class: "actions" }, add, nextCursor === null ? null : more);
    fill(place, items, actions);
  } catch (error) {
    fill(place, h("p", { class: "failure" }, error instanceof Error ? error.message : ""));
  }
}

function choice({ id, caption, previewUrl, importState }: MediumView): HTMLElement {
  const box = h("input", { type: "checkbox", value: id });
  const picture = previewUrl
    ? h("img", {
        class: "picture",
        src: previewUrl,
        alt: caption || "without a caption",
        loading: "lazy",
      })
    : null;
  const state = h(
    "span",
    { class: "muted" },
    importState === "imported" ? "in your portfolio" : "",
  );
  return h("li", { "data-medium": id }, h("label", {}, picture, box, ` ${caption} `, state));
}

async function importChosen(id: string, items: HTMLElement, add: HTMLButtonElement): Promise<void> {
  const boxes = [...items.querySelectorAll<HTMLInputElement>("input:checked")];
  if (boxes.length === 0) return;
  add.disabled = true;
  try {
    const body = {
      mediaIds: boxes.map(({ value }) => value),
      target: { type: "portfolio" },
    } as const;
    const { items: ordered } = await api("post", IMPORTS, { path: { id }, body });
    await Promise.all(ordered.map((each) => follow(id, each, items)));
    for (const box of boxes) box.checked = false;
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
  } finally {
    add.disabled = false;
  }
}

/** Show how far an import has come, until nothing more happens soon. */
async function follow(id: string, ordered: MediaImportView, items: HTMLElement): Promise<void> {
  const path = { id, import_id: ordered.id };
  const shown = items.querySelector(`[data-medium="${ordered.mediaId}"] .muted`);
  const look = async (): Promise<MediaImportView | null> => {
    const found = await api("get", IMPORT, { path });
    if (shown) shown.textContent = describe(found);
    return found.problem !== null || isOver(found) ? found : null;
  };
  await poll(look, { times: LOOKS }).catch(() => null); // it goes on without this page
}

function isOver({ state }: MediaImportView): boolean {
  return state !== "queued" && state !== "inspecting" && state !== "placing";
}

function describe({ state, problem }: MediaImportView): string {
  if (problem !== null) return PROBLEMS[problem];
  return state === "imported" || state === "split" ? "in your portfolio" : "is being imported …";
}
