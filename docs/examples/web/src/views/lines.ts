/** Lines of a conversation: days, messages, cards and pending messages. */

import { api } from "../api/client";
import type { MessageView } from "../api/schema";
import { showCached } from "../cache";
import { fill, h, on } from "../dom";
import { clock, dateKey, moment, recentDay } from "../format";
import { icon } from "../icons";
import { type TextKey, t } from "../messages";
import { type Pending, discard, retry } from "../outbox";
import { attachments, pendingFiles } from "./attachments";
import { describeDelivery } from "./guests";

/** One line. `key` identifies it; it is rendered again when `version` changes. */
export type Line = { key: string; version: string } & (
  | { kind: "day"; instant: string }
  | { kind: "message"; message: MessageView; isMine: boolean; isSeen: boolean }
  | { kind: "pending"; pending: Pending }
);

const CARDS: Partial<Record<MessageView["type"], TextKey>> = {
  appointment_confirmed: "chat.card_appointment_confirmed",
  proposal: "chat.card_proposal",
  deposit_request: "chat.card_deposit_request",
  policy: "chat.card_policy",
  consultation: "chat.card_consultation",
};

/** Pages of the records that cards refer to. */
const PAGES: Record<string, string> = {
  appointment: "/appointments",
  consultation: "/consultations",
  proposal: "/proposals",
};

const ADDRESS = /(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]])/;

/** Build all lines in order; `seenUpTo` is the last sequence the other member has read. */
export function buildLines(
  messages: readonly MessageView[],
  pending: readonly Pending[],
  seenUpTo: number,
  me: string,
): Line[] {
  const result: Line[] = [];
  let lastDay = "";
  const lastSeen = messages.findLast(
    ({ senderId, sequence }) => senderId === me && sequence <= seenUpTo,
  );
  for (const message of messages) {
    const day = dateKey(message.createdAt);
    if (day !== lastDay) {
      lastDay = day;
      result.push({ kind: "day", key: day, version: "", instant: message.createdAt });
    }
    const isSeen = message === lastSeen;
    const isMine = message.senderId === me;
    const version = `${message.revision} ${isSeen}`;
    // A sent message replaces the line of its pending copy.
    const key = (isMine && message.clientMessageId) || message.id;
    result.push({ kind: "message", key, version, message, isMine, isSeen });
  }
  const sent = new Set(messages.map((message) => message.clientMessageId));
  for (const item of pending) {
    if (sent.has(item.clientMessageId)) continue; // posted, but not removed from the outbox yet
    result.push({
      kind: "pending",
      key: item.clientMessageId,
      version: `pending ${item.refused} ${item.files.length}`,
      pending: item,
    });
  }
  return result;
}

/** Create the element of a line. */
export function createLine(line: Line): HTMLElement {
  if (line.kind === "day") return h("p", { class: "day-line" }, recentDay(line.instant));
  if (line.kind === "pending") return pendingLine(line.pending);
  const { message, isMine, isSeen } = line;
  if (message.senderId === null) return card(message);
  const text = message.deletedAt
    ? h("p", { class: "deleted" }, t("chat.deleted"))
    : message.content && h("p", {}, ...linkify(message.content));
  const notes = [
    clock(message.createdAt),
    message.editedAt && !message.deletedAt ? t("chat.edited") : "",
    describeDelivery(message),
  ].filter(Boolean);
  return h(
    "div",
    { class: isMine ? "bubble mine" : "bubble" },
    message.attachments.length > 0 && attachments(message),
    text,
    h(
      "small",
      {},
      notes.join(" · "),
      isSeen ? h("span", { class: "seen" }, icon("check"), t("chat.seen")) : null,
    ),
  );
}

/** Turn the web addresses in a text into links. */
function linkify(text: string): (string | HTMLElement)[] {
  return text.split(ADDRESS).map((part, index) => {
    // odd parts are the captured addresses; some of them may still be invalid
    if (index % 2 === 0 || !URL.canParse(part)) return part;
    const isHere = new URL(part).origin === location.origin;
    return h("a", { href: part, target: isHere ? null : "_blank", rel: "noopener" }, part);
  });
}

/** Show the upload progress of a pending line, from 0 to 1. */
export function showProgress(line: Element, share: number): void {
  const [bar, state] = [line.querySelector("progress"), line.querySelector(".pending-state")];
  if (bar) bar.value = share;
  if (state) fill(state, t(share < 1 ? "chat.sending" : "chat.checking"));
}

function pendingLine(pending: Pending): HTMLElement {
  const { content, files, refused } = pending;
  const discardButton = on(h("button", { class: "quiet" }, t("chat.discard")), {
    click: () => void discard(pending),
  });
  const body = [files.length > 0 && pendingFiles(files), content && h("p", {}, content)] as const;
  if (refused === null) {
    const state = h("span", { class: "pending-state" }, t("chat.sending"));
    return h(
      "div",
      { class: "bubble mine waiting" },
      ...body,
      files.length > 0 && h("progress", { max: 1, value: 0, "aria-label": t("chat.progress") }),
      h("small", {}, icon("clock"), state),
      files.length > 0 && discardButton,
    );
  }
  const accepted = files.filter(({ state }) => state !== "rejected");
  const isPartial = accepted.length < files.length;
  const retryButton = on(
    h("button", { class: "quiet" }, t(isPartial ? "chat.withoutIt" : "common.tryAgain")),
    {
      click: () => void retry(pending),
    },
  );
  const canRetry = !isPartial || accepted.length > 0 || content !== "";
  return h(
    "div",
    { class: "bubble mine refused" },
    ...body,
    h("small", { role: "alert" }, t("chat.notSent", { reason: refused })),
    h("div", { class: "actions" }, canRetry && retryButton, discardButton),
  );
}

/** Create a card. It only refers to a record, whose current state is loaded from its feature. */
function card(message: MessageView): HTMLElement {
  const { refer } = message;
  const details = h("p", { class: "muted" });
  if (refer?.kind === "appointment") {
    const load = () => api("get", "/v1/appointments/{id}", { path: { id: refer.id } });
    void showCached(`my/appointment/${refer.id}`, load, (appointment) => {
      fill(details, `${appointment.service.name}, ${moment(appointment.startsAt)}`);
    }).catch(() => undefined);
  }
  const name = CARDS[message.type];
  const title = name ? t(name) : (message.content ?? "");
  const page = refer ? PAGES[refer.kind] : undefined;
  return h(
    "div",
    { class: "event-card" },
    icon("calendar"),
    h("div", {}, page ? h("a", { href: `${page}/${refer?.id}` }, title) : title, details),
  );
}
