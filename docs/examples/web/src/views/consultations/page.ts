import { api } from "../../api/client";
import type { ConsultationView, RequestDetails } from "../../api/schema";
import { type Child, h, on } from "../../dom";
import { date, moment, money, shortDate } from "../../format";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/consultations.css";
import { ask } from "../appointments/charges";
import { fileLinks } from "../file-links";
import { backLink, describe, person, requireSession } from "../parts";
import { loadedSection } from "../screen";
import { writeButton } from "../write-button";

const OPEN = ["pending", "responded"];

/** The page of a request for a project: what was asked, and what became of it. */
export const consultation = requireSession(({ path, signal }: Visit): Page => {
  const { id = "" } = path;
  const shown = loadedSection<ConsultationView>({
    key: `my/consultation/${id}`,
    load: () => api("get", "/v1/consultations/{id}", { path: { id }, signal }),
    render: (value) => parts(value, () => void shown.reload()),
    heading: t("consultations.one"),
    signal,
  });
  const content = h(
    "section",
    { class: "narrow visit" },
    backLink("/consultations", t("consultations.titleAll")),
    shown.element,
  );
  return { title: t("consultations.one"), content };
});

function parts(item: ConsultationView, changed: () => void): Child[] {
  const isArtist = getCurrentUser()?.id === item.artist.id;
  const other = isArtist ? item.client : item.artist;
  return [
    h(
      "header",
      { class: "visit-head" },
      h("p", { class: `status ${item.status}` }, t(`consultations.status_${item.status}`)),
      h("h1", {}, item.subject || t("consultations.erased")),
    ),
    h(
      "div",
      { class: "visit-who" },
      person({ id: other.id, name: other.name || null, avatar: other.avatar }),
      writeButton(other.id, isArtist),
    ),
    item.reason ? h("p", { class: "notice" }, item.reason) : null,
    item.expiresAt
      ? h("p", { class: "muted" }, t("consultations.answerBy", { moment: moment(item.expiresAt) }))
      : null,
    h("div", { class: "actions" }, ...actions(item, isArtist, changed)),
    item.request ? details(item.request) : null,
    item.pictures.length > 0
      ? block(t("consultations.examples"), fileLinks(item.pictures.map(({ fileId }) => fileId)))
      : null,
  ];
}

function actions(item: ConsultationView, isArtist: boolean, changed: () => void): HTMLElement[] {
  const { id, status, proposalId, appointmentIds } = item;
  const buttons: HTMLElement[] = [];
  if (isArtist && OPEN.includes(status))
    buttons.push(link(`/consultations/${id}/propose`, t("proposals.make"), "primary"));
  if (proposalId) buttons.push(link(`/proposals/${proposalId}`, t("proposals.open"), "secondary"));
  for (const [index, appointmentId] of appointmentIds.entries())
    buttons.push(
      link(
        `/appointments/${appointmentId}`,
        t("proposals.sitting", { sitting: index + 1 }),
        "secondary",
      ),
    );
  if (OPEN.includes(status)) buttons.push(isArtist ? decline(id, changed) : cancel(id, changed));
  else if (!item.archived) buttons.push(archive(id, changed));
  return buttons;
}

function link(href: string, label: string, style: string): HTMLElement {
  return h("a", { class: `button ${style}`, href }, label);
}

function decline(id: string, changed: () => void): HTMLElement {
  return ask(
    t("consultations.decline"),
    async (reason) => {
      await api("post", "/v1/consultations/{id}/decline", { path: { id }, body: { reason } });
      changed();
    },
    { style: "quiet" },
  );
}

function cancel(id: string, changed: () => void): HTMLElement {
  return ask(
    t("consultations.cancel"),
    async (reason) => {
      await api("post", "/v1/consultations/{id}/cancel", { path: { id }, body: { reason } });
      changed();
    },
    { required: false, style: "quiet" },
  );
}

function archive(id: string, changed: () => void): HTMLElement {
  const button = h("button", { class: "quiet" }, t("consultations.archive"));
  const run = async (): Promise<void> => {
    try {
      await api("post", "/v1/consultations/{id}/archive", { path: { id } });
      toast(t("consultations.archived"));
      changed();
    } catch (error) {
      toast(describe(error));
    }
  };
  return on(button, { click: () => void run() });
}

function details(request: RequestDetails): HTMLElement {
  const { placement, size, style, budget, palette, coverUp, preferredWindows, intake } = request;
  const rows: [string, string][] = [
    [t("consultations.placement"), placement],
    [t("consultations.size"), size],
    [t("consultations.style"), style],
    [t("consultations.palette"), palette ? t(`consultations.palette_${palette}`) : ""],
    [t("consultations.coverUp"), coverUp ? t("consultations.yes") : ""],
    [t("consultations.budget"), budgetText(budget)],
    ...preferredWindows.map((each): [string, string] => [
      t("consultations.when"),
      `${shortDate(each.firstDate, "UTC")} – ${shortDate(each.lastDate, "UTC")}, ` +
        t(`consultations.part_${each.partOfDay ?? "any"}`),
    ]),
    ...(intake?.items ?? []).map(({ label, answer }): [string, string] => [
      label,
      answerText(answer),
    ]),
  ];
  return h(
    "div",
    { class: "block" },
    h("h2", {}, t("consultations.asked")),
    h("p", { class: "pre" }, request.description),
    h(
      "dl",
      { class: "descriptions" },
      ...rows
        .filter(([, value]) => value !== "")
        .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
    ),
    request.files.length > 0 ? fileLinks(request.files) : null,
  );
}

function budgetText(budget: RequestDetails["budget"]): string {
  if (!budget) return "";
  const amounts = [budget.minimum, budget.maximum].filter((each) => each != null);
  return amounts.map((amount) => money({ amount, currency: budget.currency })).join(" – ");
}

function answerText(answer: unknown): string {
  if (typeof answer === "boolean") return t(answer ? "consultations.yes" : "consultations.no");
  if (Array.isArray(answer)) return answer.join(", ");
  return /^\d{4}-\d\d-\d\d$/.test(String(answer)) ? date(String(answer), "UTC") : String(answer);
}

function block(title: string, ...content: HTMLElement[]): HTMLElement {
  return h("section", { class: "block" }, h("h2", {}, title), ...content);
}
