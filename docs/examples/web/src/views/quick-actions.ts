/** An artist's row of one-tap texts over the composer. */

import { api } from "../api/client";
import type { QuickActionPreview, QuickActionView } from "../api/schema";
import { fill, h, on } from "../dom";
import { form } from "../forms";
import { toast } from "../frame";
import { show } from "../kept";
import { currentUser } from "../session";
import { waited } from "../waiting";
import { openDialog } from "./dialog";
import { loading } from "./parts";

const SETTLED_AFTER_TIMES = 8;

/** What has no value, as artists call it. */
const MISSING: Record<QuickActionPreview["missing"][number], string> = {
  "artist.first_name": "your name",
  "artist.name": "your name",
  booking_page: "the address of your page",
  cancellation: "your policy about cancelling",
  "client.first_name": "the client's name",
  "client.name": "the client's name",
  deposit: "your policy about deposits",
  next_slot: "your next free time",
  price_list: "your services and their prices",
};

/** Why an action was not sent, where there is more to say than that. */
const FAILED: Record<string, string> = {
  blocked: "One of you blocked the other.",
  person_gone: "The other's account was deleted.",
};

/** The row of a conversation; hidden for clients. `sent` is called when an action was posted. */
export function quickActions(conversationId: string, sent: () => void): HTMLElement {
  const row = h("div", { class: "quick-actions", role: "group", "aria-label": "Quick actions" });
  row.hidden = true;
  if (currentUser()?.role !== "artist") return row;
  const load = () => api("get", "/v1/quick-actions", {});
  show("my/quick-actions", load, ({ items }) => {
    const enabled = items.filter((action) => action.enabled);
    row.hidden = enabled.length === 0;
    fill(
      row,
      ...enabled.map((action) =>
        on(h("button", { class: "secondary" }, action.label), {
          click: () => openAction(action, conversationId, sent),
        }),
      ),
    );
  }).catch(() => undefined); // who has no row yet types
  return row;
}

function openAction(action: QuickActionView, conversationId: string, sent: () => void): void {
  const path = { id: action.id };
  // Of this dialog: however often Send is tapped, it is sent once.
  const executionId = crypto.randomUUID();
  let nextSlot: string | null = null;

  const body = h("div", { class: "stack" }, loading());
  const failure = h("p", { class: "failure", role: "alert" });
  const send = h("button", { class: "primary", disabled: true }, "Send");
  const close = h("button", { class: "quiet" }, "Cancel");
  const dialog = openDialog(
    action.label,
    h("h2", {}, action.label),
    body,
    offering(action, (work) => attempt(work)),
    failure,
    h("div", { class: "actions" }, send, close),
  );
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    fill(failure);
    try {
      await work();
    } catch (error) {
      fill(failure, error instanceof Error ? error.message : String(error));
    }
  };
  const preview = async (): Promise<void> => {
    const request = { conversationId, nextSlot };
    const { messages, missing } = await api("post", "/v1/quick-actions/{id}/preview", {
      path,
      body: request,
    });
    const texts = messages.map(({ content }) => h("p", { class: "bubble mine" }, content));
    fill(body, ...texts, ...lacking(missing, putIn));
    send.disabled = missing.length > 0;
  };
  const putIn = async (slot: string): Promise<void> => {
    nextSlot = slot;
    await preview();
  };
  const execute = async (): Promise<void> => {
    const request = { conversationId, executionId, nextSlot };
    await api("post", "/v1/quick-actions/{id}/executions", { path, body: request });
    if (!dialog.open) return; // the tap before did it
    dialog.close();
    void follow(action, executionId, sent);
  };
  on(send, { click: () => void attempt(execute) });
  on(close, { click: () => dialog.close() });
  void attempt(preview).then(() => body.querySelector(".loading")?.remove());
}

/** Whether the action is a button of this artist's notifications. */
function offering(
  action: QuickActionView,
  attempt: (work: () => Promise<void>) => Promise<void>,
): HTMLElement {
  const box = h("input", { type: "checkbox", checked: action.oneTap });
  const choose = async (): Promise<void> => {
    const body = { oneTap: box.checked };
    box.checked = action.oneTap; // until it is so
    await api("patch", "/v1/quick-actions/{id}", { path: { id: action.id }, body });
    action.oneTap = box.checked = body.oneTap;
  };
  on(box, { change: () => void attempt(choose) });
  return h("label", { class: "check" }, box, h("span", {}, "Offer it in my notifications"));
}

/** What is missing in plain words; the next free time can be put in. */
function lacking(
  missing: QuickActionPreview["missing"],
  putIn: (slot: string) => Promise<void>,
): HTMLElement[] {
  if (missing.length === 0) return [];
  const names = [...new Set(missing.map((name) => MISSING[name]))];
  const text = `It cannot be sent while this is not known: ${names.join(", ")}.`;
  const field = { name: "nextSlot", label: "Your next free time" };
  const asked = missing.includes("next_slot")
    ? [form([field], "Put in", ({ nextSlot = "" }) => putIn(nextSlot))]
    : [];
  return [h("p", { role: "status" }, text), ...asked];
}

/** The conversations post it and may refuse to; what was posted comes like every message. */
async function follow(action: QuickActionView, id: string, sent: () => void): Promise<void> {
  const ask = async () => {
    const execution = await api("get", "/v1/quick-actions/executions/{id}", { path: { id } });
    return execution.status === "queued" ? null : execution;
  };
  try {
    const { status, reason } = await waited(ask, { times: SETTLED_AFTER_TIMES });
    if (status === "sent") sent();
    else toast(`“${action.label}” was not sent. ${FAILED[reason] ?? ""}`);
  } catch {
    sent(); // whatever became of it stands in the thread
  }
}
