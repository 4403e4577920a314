import { api } from "../api/client";
import type { ConversationView, LastMessageView } from "../api/schema";
import { showCached } from "../cache";
import { fill, fillKeyed, h } from "../dom";
import { clock, recentDay, shortDate } from "../format";
import { live } from "../live";
import { type TextKey, t } from "../messages";
import { drawInitials } from "../placeholder-art";
import type { Page, Visit } from "../router";
import { getCurrentUser } from "../session";
import { findGuest, joinForm, platformBadge } from "./guests";
import { empty, loading, requireSession } from "./parts";
import { failed } from "./screen";

const PREVIEWS: Partial<Record<LastMessageView["type"], TextKey>> = {
  appointment_confirmed: "chat.card_appointment_confirmed",
  proposal: "chat.card_proposal",
  deposit_request: "chat.card_deposit_request",
  policy: "chat.card_policy",
  consultation: "chat.card_consultation",
  image: "chat.preview_image",
  video: "chat.preview_video",
  file: "chat.preview_file",
};

/** The list of conversations, the most recently active first. */
export const conversations = requireSession((visit: Visit): Page => {
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, t("chat.title")),
    conversationList(visit.signal),
    getCurrentUser()?.role === "client" ? joinForm() : null,
  );
  return { title: t("chat.title"), content };
});

/** Create the list of conversations and keep it up to date; `current` is the open one. */
export function conversationList(signal: AbortSignal, current?: string): HTMLElement {
  const list = h("ul", { class: "conversations" });
  const element = h("div", {}, loading());
  const load = async (): Promise<void> => {
    const request = () =>
      api("get", "/v1/messages/conversations", { query: { limit: 50 }, signal });
    try {
      await showCached("my/conversations", request, ({ items }) => {
        fillKeyed(
          list,
          items,
          (item) => item.id,
          (item) => JSON.stringify(item),
          (item) => row(item, current),
        );
        const find = h("a", { class: "button primary", href: "/" }, t("common.findArtist"));
        if (items.length > 0) fill(element, list);
        else fill(element, empty(t("chat.none"), t("chat.noneText"), find));
      });
    } catch (error) {
      if (!signal.aborted) fill(element, ...failed(error, load));
    }
  };
  live.onFrame((frame) => {
    if (frame.event === "message.created" || frame.event === "conversation.read") void load();
  }, signal);
  live.onState((state) => {
    if (state === "on") void load();
  }, signal);
  void load();
  return element;
}

function row(item: ConversationView, current: string | undefined): HTMLElement {
  const guest = findGuest(item);
  const name = item.other.name ?? (guest ? t("chat.guest") : t("common.deletedAccount"));
  const { lastMessage: last, unread } = item;
  return h(
    "li",
    {},
    h(
      "a",
      {
        class: "conversation-row",
        href: `/messages/${item.id}`,
        "aria-current": item.id === current ? "page" : null,
      },
      drawInitials(name, item.other.userId),
      h(
        "span",
        { class: "conversation-text" },
        h("strong", {}, name, guest && platformBadge(guest)),
        h("span", { class: "preview" }, last ? preview(last) : t("chat.noMessage")),
      ),
      h(
        "span",
        { class: "conversation-side" },
        last ? h("time", { datetime: last.createdAt }, recent(last.createdAt)) : null,
        unread > 0
          ? h("span", { class: "badge", "aria-label": t("chat.unread", { count: unread }) }, unread)
          : null,
      ),
    ),
  );
}

function preview(last: LastMessageView): string {
  const name = PREVIEWS[last.type];
  const text = name ? t(name) : (last.preview ?? t("chat.deletedPreview"));
  return last.senderId === getCurrentUser()?.id ? t("chat.you", { text }) : text;
}

function recent(instant: string): string {
  const name = recentDay(instant);
  if (name === t("common.today")) return clock(instant);
  return name === t("common.yesterday") ? name : shortDate(instant);
}
