import { api } from "../../api/client";
import type { ServiceView, WaitlistEntryView } from "../../api/schema";
import { h, on } from "../../dom";
import { moment, shortDate } from "../../format";
import { toast } from "../../layout";
import { t } from "../../messages";
import { type Page, type Visit, go } from "../../router";
import "../../styles/appointments.css";
import { backLink, describe, empty, requireSession } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";

interface Shown {
  entry: WaitlistEntryView;
  service: ServiceView | null;
}

/** The page of the user's places on waitlists, with the times that are held for them. */
export const waitlist = requireSession(({ signal }: Visit): Page => {
  const list = loadedSection<Shown[]>({
    key: "my/waitlist",
    load: () => load(signal),
    render: (items) => [
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, row(item, reload)))),
    ],
    empty: (items) =>
      items.length === 0 ? empty(t("waitlist.none"), t("waitlist.noneText")) : null,
    signal,
  });
  const reload = (): void => void list.reload();
  const content = h(
    "section",
    { class: "narrow" },
    backLink("/appointments", t("appointments.title")),
    h("h1", {}, t("waitlist.title")),
    list.element,
  );
  return { title: t("waitlist.title"), content };
});

async function load(signal: AbortSignal): Promise<Shown[]> {
  const query = { role: "client", limit: 50 } as const;
  const { items } = await api("get", "/v1/appointments/waitlist", { query, signal });
  const services = items.map(({ serviceId: id }) =>
    api("get", "/v1/appointments/services/{id}", { path: { id }, signal }).catch(() => null),
  );
  return Promise.all(
    items.map(async (entry, index) => ({ entry, service: (await services[index]) ?? null })),
  );
}

function row({ entry, service }: Shown, reload: () => void): HTMLElement {
  const { artistId, status, offer, firstDate, lastDate } = entry;
  const dates = t("waitlist.dates", { first: shortDate(firstDate), last: shortDate(lastDate) });
  return h(
    "article",
    { class: "appointment" },
    h("p", { class: `status ${status}` }, t(`waitlist.status_${status}`)),
    h("h2", {}, service?.name ?? t("waitlist.serviceGone")),
    personRow(artistId, "", h("p", { class: "muted" }, dates)),
    offer && status === "offered" ? offered(entry, service, reload) : null,
    status === "waiting" || status === "offered" ? leaveButton(entry, reload) : null,
  );
}

function offered(
  { artistId, serviceId, offer }: WaitlistEntryView,
  service: ServiceView | null,
  reload: () => void,
): HTMLElement {
  const button = h("button", { class: "primary" }, t("waitlist.book"));
  const idempotencyKey = crypto.randomUUID();
  const book = async (): Promise<void> => {
    button.disabled = true;
    try {
      const body = { holdId: offer?.holdId ?? "", notes: "" };
      const { id } = await api("post", "/v1/appointments", { body, idempotencyKey });
      go(`/appointments/${id}`);
    } catch (error) {
      toast(describe(error));
      button.disabled = false;
      reload();
    }
  };
  // Policies that must be agreed to are on the booking page.
  const page = h(
    "a",
    { class: "button secondary", href: `/artists/${artistId}/book/${serviceId}` },
    t("waitlist.otherTimes"),
  );
  return h(
    "div",
    { class: "panel" },
    h("p", { class: "big" }, moment(offer?.startsAt ?? "")),
    h("p", {}, t("waitlist.heldUntil", { moment: moment(offer?.answerUntil ?? "") })),
    h("div", { class: "actions" }, service ? on(button, { click: () => void book() }) : null, page),
  );
}

function leaveButton({ id }: WaitlistEntryView, reload: () => void): HTMLElement {
  const button = h("button", { class: "quiet" }, t("waitlist.leave"));
  const leave = async (): Promise<void> => {
    try {
      await api("delete", "/v1/appointments/waitlist/{id}", { path: { id } });
      reload();
    } catch (error) {
      toast(describe(error));
    }
  };
  return on(button, { click: () => void leave() });
}
