/** The artist's quick actions, shown above the composer. */

import { api } from "../api/client";
import { Problem } from "../api/http";
import type { QuickActionPreview, QuickActionView } from "../api/schema";
import { showCached } from "../cache";
import { fill, h, on } from "../dom";
import { form } from "../forms";
import { toast } from "../layout";
import { t } from "../messages";
import { poll } from "../polling";
import { getCurrentUser } from "../session";
import { openDialog } from "./dialog";
import { loading } from "./parts";

const PREVIEW_ATTEMPTS = 10;
const RESULT_ATTEMPTS = 8;

/** Names of missing variables, as shown to artists. */
const MISSING: Record<QuickActionPreview["missing"][number], string> = {
  "artist.first_name": "your name",
  "artist.name": "your name",
  booking_page: "the address of your page",
  cancellation: "your cancellation policy",
  "client.first_name": "the client's name",
  "client.name": "the client's name",
  deposit: "your deposit policy",
  next_slot: "your next free time",
  price_list: "your services and their prices",
};

/** Return why an action was not sent; empty where the screen cannot say more. */
function failure(reason: string): string {
  if (reason === "blocked") return t("chat.blocked");
  return reason === "person_gone" ? t("chat.personGone") : "";
}

/** Create the quick actions; hidden for clients. `onSent` is called after one was sent. */
export function quickActions(conversationId: string, onSent: () => void): HTMLElement {
  const buttons = h("div", {
    class: "quick-actions",
    role: "group",
    "aria-label": t("chat.quickActions"),
  });
  buttons.hidden = true;
  if (getCurrentUser()?.role !== "artist") return buttons;
  const load = () => api("get", "/v1/quick-actions", {});
  showCached("my/quick-actions", load, ({ items }) => {
    const enabled = items.filter((action) => action.enabled);
    buttons.hidden = enabled.length === 0;
    fill(
      buttons,
      ...enabled.map((action) =>
        on(h("button", { class: "secondary" }, action.label), {
          click: () => openAction(action, conversationId, onSent),
        }),
      ),
    );
  }).catch(() => undefined); // without quick actions, artists can still type
  return buttons;
}

function openAction(action: QuickActionView, conversationId: string, onSent: () => void): void {
  const path = { id: action.id };
  // One id per dialog: the action is sent once, however often Send is tapped.
  const executionId = crypto.randomUUID();
  let nextSlot: string | null = null;
  let shown: string | null = null; // version of the preview

  const body = h("div", { class: "stack" }, loading());
  const failure = h("p", { class: "failure", role: "alert" });
  const send = h("button", { class: "primary", disabled: true }, t("common.send"));
  const close = h("button", { class: "quiet" }, t("common.cancel"));
  const dialog = openDialog(
    action.label,
    h("h2", {}, action.label),
    body,
    notificationOption(action, (task) => attempt(task)),
    failure,
    h("div", { class: "actions" }, send, close),
  );
  const attempt = async (task: () => Promise<void>): Promise<void> => {
    fill(failure);
    try {
      await task();
    } catch (error) {
      fill(failure, error instanceof Error ? error.message : String(error));
    }
  };
  const getPreview = async () => {
    const request = { conversationId, nextSlot };
    try {
      return await api("post", "/v1/quick-actions/{id}/preview", { path, body: request });
    } catch (error) {
      // A conversation that was just opened reaches quick actions by an event.
      if (dialog.open && error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  };
  const preview = async (): Promise<void> => {
    const { messages, missing, version } = await poll(getPreview, { times: PREVIEW_ATTEMPTS });
    const texts = messages.map(({ content }) => h("p", { class: "bubble mine" }, content));
    fill(body, ...texts, ...missingVariables(missing, insertSlot));
    send.disabled = missing.length > 0;
    shown = version;
  };
  const insertSlot = async (slot: string): Promise<void> => {
    nextSlot = slot;
    await preview();
  };
  const execute = async (): Promise<void> => {
    // What was shown is sent, or nothing.
    const request = { conversationId, executionId, nextSlot, previewVersion: shown };
    await api("post", "/v1/quick-actions/{id}/executions", { path, body: request });
    if (!dialog.open) return; // an earlier tap has sent it
    dialog.close();
    void waitForResult(action, executionId, onSent);
  };
  on(send, { click: () => void attempt(execute) });
  on(close, { click: () => dialog.close() });
  void attempt(preview).then(() => body.querySelector(".loading")?.remove());
}

/** Create the checkbox that adds the action as a button to the artist's notifications. */
function notificationOption(
  action: QuickActionView,
  attempt: (task: () => Promise<void>) => Promise<void>,
): HTMLElement {
  const box = h("input", { type: "checkbox", checked: action.oneTap });
  const save = async (): Promise<void> => {
    const body = { oneTap: box.checked };
    box.checked = action.oneTap; // until it is saved
    await api("patch", "/v1/quick-actions/{id}", { path: { id: action.id }, body });
    action.oneTap = box.checked = body.oneTap;
  };
  on(box, { change: () => void attempt(save) });
  return h("label", { class: "check" }, box, h("span", {}, t("chat.offer")));
}

/** Explain what is missing, with a form to insert the next free time. */
function missingVariables(
  missing: QuickActionPreview["missing"],
  insertSlot: (slot: string) => Promise<void>,
): HTMLElement[] {
  if (missing.length === 0) return [];
  const names = [...new Set(missing.map((name) => MISSING[name]))];
  const text = t("chat.missing", { names: names.join(", ") });
  const field = { name: "nextSlot", label: t("chat.nextSlot") };
  const forms = missing.includes("next_slot")
    ? [form([field], t("chat.insert"), ({ nextSlot = "" }) => insertSlot(nextSlot))]
    : [];
  return [h("p", { role: "status" }, text), ...forms];
}

/** Wait for the result: messaging posts the action asynchronously and may refuse it. */
async function waitForResult(
  action: QuickActionView,
  id: string,
  onSent: () => void,
): Promise<void> {
  const getResult = async () => {
    const execution = await api("get", "/v1/quick-actions/executions/{id}", { path: { id } });
    return execution.status === "queued" ? null : execution;
  };
  try {
    const { status, reason } = await poll(getResult, { times: RESULT_ATTEMPTS });
    if (status === "sent") onSent();
    else toast(t("chat.actionNotSent", { label: action.label, reason: failure(reason) }));
  } catch {
    onSent(); // the conversation shows the result
  }
}
