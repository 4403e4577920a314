/** What a thread shows, line by line: days, messages, cards, and what is on its way. */

import { api } from "../api/client";
import type { MessageView } from "../api/schema";
import { fill, h, on } from "../dom";
import { clock, dateKey, moment, recentDay } from "../format";
import { icon } from "../icons";
import { show } from "../kept";
import { type Pending, discard, retry } from "../outbox";
import { attachments, pendingFiles } from "./attachments";

/** `key`: which line it is. `version`: changes when it has to be drawn anew. */
export type Line = { key: string; version: string } & (
  | { kind: "day"; instant: string }
  | { kind: "message"; message: MessageView; isMine: boolean; isSeen: boolean }
  | { kind: "pending"; pending: Pending }
);

const CARDS: Partial<Record<MessageView["type"], string>> = {
  appointment_confirmed: "Appointment confirmed",
  proposal: "A proposal was sent",
  deposit_request: "A deposit is asked for",
  policy: "Policies were accepted",
  consultation: "A consultation",
};

const ADDRESS = /(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]])/;

/** All lines in order. `seenUpTo`: the last sequence that the other member has read. */
export function lines(
  messages: readonly MessageView[],
  pending: readonly Pending[],
  seenUpTo: number,
  me: string,
): Line[] {
  const result: Line[] = [];
  let lastDay = "";
  const lastSeen = messages.findLast((one) => one.senderId === me && one.sequence <= seenUpTo);
  for (const message of messages) {
    const day = dateKey(message.createdAt);
    if (day !== lastDay) {
      lastDay = day;
      result.push({ kind: "day", key: day, version: "", instant: message.createdAt });
    }
    const isSeen = message === lastSeen;
    const isMine = message.senderId === me;
    const version = `${message.revision} ${isSeen}`;
    // A message takes over the line of the copy that was shown while it was on its way.
    const key = (isMine && message.clientMessageId) || message.id;
    result.push({ kind: "message", key, version, message, isMine, isSeen });
  }
  const sent = new Set(messages.map((message) => message.clientMessageId));
  for (const one of pending) {
    if (sent.has(one.clientMessageId)) continue; // it is there already, only not yet taken out here
    result.push({
      kind: "pending",
      key: one.clientMessageId,
      version: `waits ${one.refused} ${one.files.length}`,
      pending: one,
    });
  }
  return result;
}

/** The element of a line. */
export function makeLine(line: Line): HTMLElement {
  if (line.kind === "day") return h("p", { class: "day-line" }, recentDay(line.instant));
  if (line.kind === "pending") return pendingLine(line.pending);
  const { message, isMine, isSeen } = line;
  if (message.senderId === null) return card(message);
  const text = message.deletedAt
    ? h("p", { class: "deleted" }, "This message was deleted.")
    : message.content && h("p", {}, ...linked(message.content));
  const notes = [
    clock(message.createdAt),
    message.editedAt && !message.deletedAt ? "edited" : "",
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
      isSeen ? h("span", { class: "seen" }, icon("check"), "Seen") : null,
    ),
  );
}

/** The text, with the web addresses in it as links: quick actions send some. */
function linked(text: string): (string | HTMLElement)[] {
  return text.split(ADDRESS).map((part, index) => {
    // split puts what is captured between the rest; not all that looks like an address is one
    if (index % 2 === 0 || !URL.canParse(part)) return part;
    const isHere = new URL(part).origin === location.origin;
    return h("a", { href: part, target: isHere ? null : "_blank", rel: "noopener" }, part);
  });
}

/** Shows how far the files of a waiting line are, from 0 to 1. */
export function showProgress(line: Element, share: number): void {
  const [bar, state] = [line.querySelector("progress"), line.querySelector(".pending-state")];
  if (bar) bar.value = share;
  if (state) fill(state, share < 1 ? "On its way" : "Being checked");
}

function pendingLine(pending: Pending): HTMLElement {
  const { content, files, refused } = pending;
  const away = on(h("button", { class: "quiet" }, "Discard"), {
    click: () => void discard(pending),
  });
  const said = [files.length > 0 && pendingFiles(files), content && h("p", {}, content)] as const;
  if (refused === null) {
    const state = h("span", { class: "pending-state" }, "On its way");
    return h(
      "div",
      { class: "bubble mine waiting" },
      ...said,
      files.length > 0 && h("progress", { max: 1, value: 0, "aria-label": "Sent so far" }),
      h("small", {}, icon("clock"), state),
      files.length > 0 && away,
    );
  }
  const taken = files.filter(({ state }) => state !== "rejected");
  const isPart = taken.length < files.length;
  const again = on(h("button", { class: "quiet" }, isPart ? "Send without it" : "Try again"), {
    click: () => void retry(pending),
  });
  const canRetry = !isPart || taken.length > 0 || content !== "";
  return h(
    "div",
    { class: "bubble mine refused" },
    ...said,
    h("small", { role: "alert" }, `Not sent: ${refused}`),
    h("div", { class: "actions" }, canRetry && again, away),
  );
}

/** A card only refers to a record: what that is now is asked of its feature. */
function card(message: MessageView): HTMLElement {
  const { refer } = message;
  const details = h("p", { class: "muted" });
  if (refer?.kind === "appointment") {
    const load = () => api("get", "/v1/appointments/{id}", { path: { id: refer.id } });
    void show(`my/appointment/${refer.id}`, load, (appointment) => {
      fill(details, `${appointment.service.name}, ${moment(appointment.startsAt)}`);
    }).catch(() => undefined);
  }
  const title = CARDS[message.type] ?? message.content ?? "";
  return h(
    "div",
    { class: "event-card" },
    icon("calendar"),
    h("div", {}, h("a", { href: "/appointments" }, title), details),
  );
}
