/** Guests: people who write to an artist from a social platform, and may join with an account. */

import { api } from "../api/client";
import { Problem } from "../api/http";
import type { ConversationView, GuestView, MessageView } from "../api/schema";
import { h, on } from "../dom";
import { moment } from "../format";
import { form } from "../forms";
import { toast } from "../layout";
import { t } from "../messages";
import { go } from "../router";

const PLATFORMS: Record<GuestView["platform"], string> = {
  instagram: "Instagram",
  facebook: "Facebook",
};

const REASONS: Record<string, string> = {
  window_closed: "the time to reply was over",
  blocked_by_platform: "they do not receive your messages",
  needs_reconnect: "connect your account again",
  rate_limited: "the platform takes no more messages for now",
  not_reachable: "the platform did not answer",
  rejected: "the platform refused it",
  blocked: "one of you blocks the other",
};

/** Return the guest of a conversation whose other member has no account; null otherwise. */
export function findGuest({ clientId, guest }: ConversationView): GuestView | null {
  return clientId === null ? guest : null;
}

/** Create the badge that names the platform of a guest. */
export function platformBadge({ platform }: GuestView): HTMLElement {
  return h("span", { class: "platform" }, PLATFORMS[platform]);
}

/** Say until when the platform takes replies to a guest, or since when it takes none. */
export function describeWindow(guest: GuestView): string {
  const platform = PLATFORMS[guest.platform];
  const { replyState, replyUntil, agentReplyUntil } = guest;
  const until = (name: "window_open" | "window_human", instant: string | null): string =>
    instant
      ? t(`chat.${name}_until`, { platform, moment: moment(instant) })
      : t(`chat.${name}`, { platform });
  switch (replyState) {
    case "open":
      return until("window_open", replyUntil);
    case "human_agent":
      return until("window_human", agentReplyUntil);
    case "closed":
      return t("chat.window_closed", { platform });
    case "disconnected":
      return t("chat.window_disconnected", { platform });
  }
}

/** Say how far a message to a guest has come; empty for any other message. */
export function describeDelivery({ delivery, platform }: MessageView): string {
  if (!delivery || !platform) return "";
  const reason = delivery.reason ? `: ${REASONS[delivery.reason] ?? delivery.reason}` : "";
  return `${PLATFORMS[platform]}: ${t(`chat.delivery_${delivery.status}`)}${reason}`;
}

/** Create the button by which an artist asks a guest to join with an account. */
export function joinButton(conversationId: string): HTMLElement {
  const button = h("button", { class: "quiet" }, t("chat.askToJoin"));
  return on(button, { click: () => void askToJoin(conversationId, button) });
}

/** Create the form in which a client enters the code that they received at a platform. */
export function joinForm(): HTMLElement {
  const code = {
    name: "code",
    label: t("chat.joinCode"),
    autocomplete: "one-time-code",
    hint: t("chat.joinHint"),
  } as const;
  return h(
    "details",
    { class: "join" },
    h("summary", {}, t("chat.joinTitle")),
    form([code], t("chat.join"), async (values) => {
      const body = { code: values["code"] ?? "" };
      const joined = await api("post", "/v1/messages/guests/join", { body });
      go(`/messages/${joined.id}`);
    }),
  );
}

async function askToJoin(id: string, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  try {
    await api("post", "/v1/messages/conversations/{id}/join-requests", { path: { id } });
    toast(t("chat.asked"));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.message);
  } finally {
    button.disabled = false;
  }
}
