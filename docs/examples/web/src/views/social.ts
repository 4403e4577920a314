/** An artist's accounts at Instagram, Facebook and Google: connect, health, calendars, disconnect. */

import { api } from "../api/client";
import type {
  AccountHealth,
  SocialProviderView,
  SocialAccountView,
  SocialCalendarView,
} from "../api/schema";
import { fill, h, on } from "../dom";
import { moment } from "../format";
import { form } from "../forms";
import { toast } from "../layout";
import type { Page } from "../router";
import { openDialog } from "./dialog";
import { empty, loading, requireSession } from "./parts";
import { failed } from "./screen";
import { mediaPicker } from "./social-media";

/** What the API says of a return from a provider, in the query of this page. */
const RESULTS: Record<string, string> = {
  connected: "Your account is connected.",
  denied: "Nothing was connected: you did not allow it.",
  refused: "Nothing was connected: the provider's answer cannot be used.",
  taken: "Nothing was connected: another artist has connected this account.",
  invalid: "Nothing was connected: the link was too old, or of another browser.",
  failed: "Nothing was connected: the provider does not respond. Try again in a moment.",
};
const STATES: Record<AccountHealth["state"], string> = {
  ok: "Connected",
  expiring: "Access ends soon",
  failing: "Not reachable",
  limited: "Paused by the provider",
  needs_reconnect: "Connect it again",
};
const USES: Record<string, string> = {
  messages: "messages",
  media: "pictures",
  calendar: "calendars",
};

/** The page of connected accounts, to which the API leads back from a provider. */
export const social = requireSession(({ query }): Page => {
  const list = h("div", { class: "accounts" }, loading());
  void show(list);
  const result = RESULTS[query.get("result") ?? ""];
  // The result is of this visit: a reload must not repeat it.
  if (query.has("result")) history.replaceState(null, "", location.pathname);
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, "Connected accounts"),
    h(
      "p",
      { class: "muted" },
      "Answer direct messages here, use your pictures, and keep your calendar free of overlaps.",
    ),
    result ? h("p", { class: "notice", role: "status" }, result) : null,
    list,
  );
  return { title: "Connected accounts", content };
});

async function show(list: HTMLElement): Promise<void> {
  try {
    const { items, providers } = await api("get", "/v1/social/accounts", {});
    const names = new Map(providers.map(({ id, name }) => [id, name]));
    fill(
      list,
      ...(items.length
        ? items.map((each) => account(each, names.get(each.provider) ?? each.provider, list))
        : [empty("Nothing connected yet", "Choose where your clients write to you.")]),
      h("h2", {}, "Connect an account"),
      h("div", { class: "actions" }, ...providers.map((each) => connectButton(each, list))),
    );
  } catch (error) {
    fill(list, ...failed(error, () => show(list)));
  }
}

function account(shown: SocialAccountView, provider: string, list: HTMLElement): HTMLElement {
  const { id, displayName, handle, capabilities, missingCapabilities, health } = shown;
  const isMissing = missingCapabilities.length > 0;
  const calendars = h("div", {});
  if (capabilities.includes("calendar")) void showCalendars(id, calendars);
  return h(
    "article",
    { class: "connected setting", "aria-label": `${provider}: ${displayName}` },
    h("h2", {}, displayName),
    h("p", { class: "muted" }, [provider, handle && `@${handle}`].filter(Boolean).join(" · ")),
    h("p", { class: `status ${health.state === "ok" ? "confirmed" : "pending"}` }, label(health)),
    health.state === "ok" ? null : h("p", {}, health.advice),
    h("p", {}, `Used for ${inWords(capabilities)}.`),
    isMissing
      ? h("p", {}, `Connect it again to use it for ${inWords(missingCapabilities)}.`)
      : null,
    calendars,
    capabilities.includes("media") ? mediaPicker(id) : null,
    h(
      "div",
      { class: "actions" },
      isMissing || health.action === "reconnect"
        ? on(h("button", { class: "primary" }, "Connect again"), {
            click: (event) => void leaveFor(shown.provider, event.currentTarget, list),
          })
        : null,
      on(h("button", { class: "quiet" }, "Disconnect"), {
        click: () => confirmDisconnect(shown, provider, list),
      }),
    ),
  );
}

function label({ state, since, until }: AccountHealth): string {
  return `${STATES[state]} since ${moment(since)}${until ? `, until ${moment(until)}` : ""}`;
}

function inWords(capabilities: readonly string[]): string {
  return new Intl.ListFormat("en").format(capabilities.map((each) => USES[each] ?? each));
}

function connectButton(
  { id, name, available }: SocialProviderView,
  list: HTMLElement,
): HTMLElement {
  if (!available) return h("p", { class: "muted" }, `${name} is not available here.`);
  return on(h("button", { class: "secondary" }, `Connect ${name}`), {
    click: (event) => void leaveFor(id, event.currentTarget, list),
  });
}

/** Go to the page of a provider, which leads back here; a CalDAV server has none. */
async function leaveFor(
  provider: string,
  button: EventTarget | null,
  list: HTMLElement,
): Promise<void> {
  if (provider === "caldav") return askForServer(list);
  if (button instanceof HTMLButtonElement) button.disabled = true;
  try {
    const path = "/v1/social/accounts/{id}/connect";
    const { authorizeUrl } = await api("post", path, { path: { id: provider } });
    location.assign(authorizeUrl);
  } catch (error) {
    if (button instanceof HTMLButtonElement) button.disabled = false;
    toast(error instanceof Error ? error.message : String(error));
  }
}

function askForServer(list: HTMLElement): void {
  const fields = [
    { name: "url", label: "Server", type: "url", hint: "Such as https://caldav.icloud.com" },
    { name: "username", label: "User name", autocomplete: "off" as const },
    {
      name: "password",
      label: "App password",
      type: "password",
      autocomplete: "off" as const,
      hint: "Made at your server for this app. It is encrypted, and never shown again.",
    },
  ];
  const connect = form(fields, "Connect", async ({ url = "", username = "", password = "" }) => {
    const body = { url, username, password };
    const { displayName } = await api("post", "/v1/social/accounts/caldav/connect", { body });
    dialog.close();
    toast(`${displayName} is connected.`);
    await show(list);
  });
  const dialog = openDialog("Connect a calendar server", h("h2", {}, "Calendar server"), connect);
}

function confirmDisconnect(
  { id, displayName }: SocialAccountView,
  provider: string,
  list: HTMLElement,
): void {
  const disconnect = h("button", { class: "primary" }, "Disconnect");
  const keep = h("button", { class: "secondary" }, "Keep it");
  const text = `${provider} is told that we may no longer use ${displayName}. Conversations stay.`;
  const dialog = openDialog(
    "Disconnect",
    h("h2", {}, `Disconnect ${displayName}?`),
    h("p", {}, text),
    h("div", { class: "actions" }, disconnect, keep),
  );
  on(keep, { click: () => dialog.close() });
  on(disconnect, {
    click: () => {
      disconnect.disabled = true;
      void api("delete", "/v1/social/accounts/{id}", { path: { id } })
        .then(() => {
          dialog.close();
          toast(`${displayName} is disconnected.`);
          return show(list);
        })
        .catch((error: unknown) => {
          disconnect.disabled = false;
          toast(error instanceof Error ? error.message : String(error));
        });
    },
  });
}

async function showCalendars(id: string, element: HTMLElement): Promise<void> {
  try {
    const { items } = await api("get", "/v1/social/accounts/{id}/calendars", { path: { id } });
    if (items.length) fill(element, calendarChoice(id, items));
  } catch (error) {
    fill(element, h("p", { class: "failure" }, error instanceof Error ? error.message : ""));
  }
}

/** Which calendars block slots, and which one gets the appointments. */
function calendarChoice(id: string, calendars: readonly SocialCalendarView[]): HTMLElement {
  const rows = calendars.map((each) => {
    const reads = h("input", { type: "checkbox", checked: each.isRead, value: each.id });
    return { reads, row: h("label", { class: "check" }, reads, ` ${each.name}`) };
  });
  const writes = h(
    "select",
    { "aria-label": "Write appointments to" },
    h("option", { value: "" }, "no calendar"),
    ...calendars
      .filter(({ canWrite }) => canWrite)
      .map((each) => h("option", { value: each.id, selected: each.isWritten }, each.name)),
  );
  const save = async (): Promise<void> => {
    const read = rows.filter(({ reads }) => reads.checked).map(({ reads }) => reads.value);
    const body = { read, write: writes.value || null };
    try {
      await api("put", "/v1/social/accounts/{id}/calendars", { path: { id }, body });
      toast("Your calendars are saved.");
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error));
    }
  };
  return h(
    "fieldset",
    { class: "stack" },
    h("legend", {}, "Busy times in these calendars block bookings"),
    ...rows.map(({ row }) => row),
    h("label", {}, "Write appointments to ", writes),
    on(h("button", { class: "secondary", type: "button" }, "Save calendars"), {
      click: () => void save(),
    }),
  );
}
