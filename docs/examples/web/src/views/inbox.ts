import { api } from "../api/client";
import type { InboxItem, NotificationAction } from "../api/schema";
import { h, on } from "../dom";
import { clock, dateKey, recentDay } from "../format";
import { type IconName, icon } from "../icons";
import { toast } from "../layout";
import { live } from "../live";
import { t } from "../messages";
import { type Page, type Visit, go } from "../router";
import "../styles/account.css";
import { countUnread } from "../unread";
import { followLink } from "../one-tap";
import { describe, empty, requireSession } from "./parts";
import { loadedSection } from "./screen";

const ICONS: Record<InboxItem["category"], IconName> = {
  account: "person",
  aftercare: "heart",
  booking: "calendar",
  marketing: "gift",
  message: "chat",
  review: "star",
  security: "lock",
};
const SNOOZE_HOURS = 24;
const HOUR_MILLISECONDS = 3_600_000;

/** The inbox: the user's notifications of the last 90 days, the newest first. */
export const inbox = requireSession(({ query, signal }: Visit): Page => {
  const unread = query.has("unread");
  const entries = loadedSection({
    key: `my/inbox/${unread}`,
    load: () => api("get", "/v1/notifications/inbox", { query: { unread, limit: 100 }, signal }),
    render: ({ items }) => [markAll(items, reload), ...days(items, reload)],
    empty: ({ items }) =>
      items.length === 0 ? empty(t("inbox.empty"), t("inbox.emptyText")) : null,
    signal,
  });
  const reload = (): void => {
    void entries.reload();
    void countUnread().catch(() => undefined);
  };
  // Entries have no frames of their own, but most that come while the app is open are of messages.
  live.onFrame((frame) => {
    if (frame.event === "message.created") void entries.reload();
  }, signal);
  addEventListener("focus", () => void entries.reload(), { signal });
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, t("inbox.title")),
    h(
      "nav",
      { class: "tabs", "aria-label": t("inbox.title") },
      h("a", { href: "/inbox", "aria-current": unread ? null : "page" }, t("inbox.all")),
      h(
        "a",
        { href: "/inbox?unread=1", "aria-current": unread ? "page" : null },
        t("inbox.unread"),
      ),
    ),
    entries.element,
    h("p", {}, h("a", { href: "/account/notifications" }, t("inbox.settings"))),
  );
  return { title: t("inbox.title"), content };
});

function days(items: readonly InboxItem[], reload: () => void): HTMLElement[] {
  const byDay = Map.groupBy(items, (item) => dateKey(item.at));
  return [...byDay.values()].map((entries) =>
    h(
      "section",
      { class: "inbox-day" },
      h("h2", {}, recentDay(entries[0]!.at)),
      h("ul", { class: "rows" }, ...entries.map((item) => h("li", {}, entry(item, reload)))),
    ),
  );
}

function markAll(items: readonly InboxItem[], reload: () => void): HTMLElement | null {
  const newest = items[0];
  if (!newest || items.every((item) => item.isRead)) return null;
  const button = h("button", { class: "quiet" }, t("inbox.markAllRead"));
  const mark = async (): Promise<void> => {
    await api("put", "/v1/notifications/inbox/read", { body: { until: newest.at } });
    reload();
  };
  return on(button, { click: () => void attempt(mark) });
}

function entry(item: InboxItem, reload: () => void): HTMLElement {
  const { id, title, body, url, category, at, isRead, count, actions } = item;
  const path = { id };
  const open = async (): Promise<void> => {
    if (!isRead) await api("put", "/v1/notifications/inbox/{id}/read", { path });
    if (url?.startsWith("/")) go(url);
    else if (url) location.assign(url);
    else reload();
  };
  const heading = h("button", { class: "inbox-open" }, title);
  on(heading, { click: () => void attempt(open) });
  const snooze = button("inbox.snooze", title, async () => {
    const until = new Date(Date.now() + SNOOZE_HOURS * HOUR_MILLISECONDS).toISOString();
    await api("put", "/v1/notifications/inbox/{id}/snooze", { path, body: { until } });
    reload();
  });
  const remove = button("inbox.remove", title, async () => {
    await api("delete", "/v1/notifications/inbox/{id}", { path });
    reload();
  });
  return h(
    "article",
    { class: isRead ? "inbox-entry" : "inbox-entry unread" },
    icon(ICONS[category]),
    h(
      "div",
      { class: "inbox-text" },
      h("h3", {}, heading, count > 1 ? h("span", { class: "badge" }, count) : null),
      isRead ? null : h("span", { class: "unseen" }, t("inbox.isUnread")),
      h("p", {}, body),
      h("time", { class: "muted", datetime: at }, clock(at)),
      h(
        "div",
        { class: "actions" },
        ...actions.map((each) => oneTap(each, reload)),
        snooze,
        remove,
      ),
    ),
  );
}

function button(
  name: "inbox.snooze" | "inbox.remove",
  title: string,
  action: () => Promise<void>,
): HTMLElement {
  const label = `${t(name)}: ${title}`;
  const element = h("button", { class: "quiet", "aria-label": label }, t(name));
  return on(element, { click: () => void attempt(action) });
}

/** Create the button of an action that is done with one tap, once. */
function oneTap({ title, link, expiresAt }: NotificationAction, reload: () => void): HTMLElement {
  const element = h("button", { class: "secondary" }, title);
  element.disabled = Date.parse(expiresAt) <= Date.now();
  const execute = async (): Promise<void> => {
    element.disabled = true;
    const { title: outcome, body } = await followLink(link);
    toast(`${outcome} ${body}`);
    reload();
  };
  return on(element, { click: () => void attempt(execute) });
}

async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    toast(describe(error));
  }
}
