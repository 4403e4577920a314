import { api } from "../../api/client";
import type { Assistant, Scope, Studio } from "../../api/schema";
import { h, on } from "../../dom";
import { date } from "../../format";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/account.css";
import { backLink, describe, empty, requireSession } from "../parts";
import { loadedSection } from "../screen";

const SCOPES: readonly Scope[] = ["calendar", "messages"];

/** The page of assistants: those of an artist's studio, or the studios that one may act in. */
export const assistants = requireSession((visit: Visit): Page => {
  const isArtist = getCurrentUser()?.role === "artist";
  const title = t(isArtist ? "account.assistants" : "account.studios");
  const content = h(
    "section",
    { class: "narrow account" },
    backLink("/account", t("account.title")),
    h("h1", {}, title),
    ...(isArtist ? ownAssistants(visit) : [studios(visit)]),
  );
  return { title, content };
});

function ownAssistants({ signal }: Visit): HTMLElement[] {
  const list = loadedSection({
    key: "my/assistants",
    load: () => api("get", "/v1/auth/assistants", { signal }),
    render: ({ items }) => [
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, assistantRow(item, reload)))),
    ],
    empty: ({ items }) =>
      items.length === 0 ? empty(t("account.noAssistants"), t("account.assistantsHelp")) : null,
    signal,
  });
  const reload = (): void => void list.reload();
  const email = {
    name: "email",
    label: t("account.email"),
    type: "email",
    autocomplete: "off",
  } as const;
  const scopes = SCOPES.map((scope) => ({
    name: scope,
    label: t(`account.scope_${scope}`),
    type: "checkbox",
    checked: true,
    required: false,
  }));
  const invite = form([email, ...scopes], t("account.invite"), async (values) => {
    const chosen = SCOPES.filter((scope) => values[scope]);
    const body = { email: values["email"] ?? "", scopes: chosen };
    await api("post", "/v1/auth/assistants", { body, idempotencyKey: crypto.randomUUID() });
    toast(t("account.invited"));
    reload();
  });
  return [list.element, h("h2", {}, t("account.invite")), invite];
}

function assistantRow(item: Assistant, reload: () => void): HTMLElement {
  const { id, email, name, scopes, acceptedAt, expiresAt } = item;
  const label = t("account.removeAssistant", { name: name ?? email });
  const remove = h("button", { class: "quiet", "aria-label": label }, t("account.remove"));
  on(remove, { click: () => void end(id, reload) });
  const state = acceptedAt
    ? t("account.since", { date: date(acceptedAt) })
    : t("account.invitedUntil", { date: date(expiresAt ?? "") });
  const may = scopes.map((scope) => t(`account.scope_${scope}`)).join(", ");
  return h(
    "div",
    { class: "setting-row" },
    h("div", {}, h("strong", {}, name ?? email), h("p", { class: "muted" }, `${may} · ${state}`)),
    remove,
  );
}

function studios({ signal }: Visit): HTMLElement {
  const list = loadedSection({
    key: "my/studios",
    load: () => api("get", "/v1/auth/studios", { signal }),
    render: ({ items }) => [
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, studioRow(item, reload)))),
    ],
    empty: ({ items }) =>
      items.length === 0 ? empty(t("account.noStudios"), t("account.studiosHelp")) : null,
    signal,
  });
  const reload = (): void => void list.reload();
  return list.element;
}

function studioRow({ id, name, scopes, acceptedAt }: Studio, reload: () => void): HTMLElement {
  const accept = h("button", { class: "primary" }, t("account.accept"));
  const leave = h(
    "button",
    { class: "quiet" },
    t(acceptedAt ? "account.leave" : "account.decline"),
  );
  const acceptOne = async (): Promise<void> => {
    try {
      await api("post", "/v1/auth/assistants/{id}/accept", { path: { id } });
      reload();
    } catch (error) {
      toast(describe(error));
    }
  };
  on(accept, { click: () => void acceptOne() });
  on(leave, { click: () => void end(id, reload) });
  const may = scopes.map((scope) => t(`account.scope_${scope}`)).join(", ");
  return h(
    "div",
    { class: "setting-row" },
    h("div", {}, h("strong", {}, name), h("p", { class: "muted" }, may)),
    h("div", { class: "actions" }, acceptedAt ? null : accept, leave),
  );
}

async function end(id: string, reload: () => void): Promise<void> {
  try {
    await api("delete", "/v1/auth/assistants/{id}", { path: { id } });
    reload();
  } catch (error) {
    toast(describe(error));
  }
}
