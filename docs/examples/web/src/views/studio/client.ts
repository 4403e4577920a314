import { api } from "../../api/client";
import type { ClientHistory, ClientNoteView, VisitView } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { date, moment, money } from "../../format";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { statusBadge } from "../appointments/status";
import { backLink, describe, person, requireArtist } from "../parts";
import { loadedSection } from "../screen";
import { writeButton } from "../write-button";
import { totals } from "./clients";

/** The page of a client: visits, spend and the artist's own notes. */
export const client = requireArtist(({ path, signal }: Visit): Page => {
  const { id = "" } = path;
  const history = loadedSection<ClientHistory>({
    key: `my/studio/client/${id}`,
    load: () =>
      api("get", "/v1/profiles/clients/{id}", { path: { id }, query: { limit: 50 }, signal }),
    render: (value) => head(value),
    signal,
  });
  const notes = loadedSection({
    key: `my/studio/notes/${id}`,
    load: () =>
      api("get", "/v1/profiles/clients/{id}/notes", { path: { id }, query: { limit: 50 }, signal }),
    render: ({ items }) => [
      noteForm(id, reload),
      h("ul", { class: "rows" }, ...items.map((note) => h("li", {}, noteRow(note, reload)))),
    ],
    signal,
  });
  const reload = (): void => void notes.reload();
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/clients", t("studio.clients")),
    h("h1", {}, t("clients.one")),
    history.element,
    h(
      "section",
      { class: "block" },
      h("h2", {}, t("clients.notes")),
      h("p", { class: "muted" }, t("clients.notesText")),
      notes.element,
    ),
  );
  return { title: t("clients.one"), content };
});

function head({ client: shown, items }: ClientHistory): HTMLElement[] {
  const { clientId: id, name, avatar, since } = shown;
  const known = t("clients.since", { date: date(since) });
  return [
    h(
      "div",
      { class: "page-head" },
      person(
        { id, name: name || null, avatar },
        h("p", { class: "muted" }, totals(shown)),
        h("p", { class: "muted" }, known),
      ),
      writeButton(id, true),
    ),
    h(
      "section",
      { class: "block" },
      h("h2", {}, t("clients.visitsTitle")),
      items.length > 0
        ? h("ol", { class: "day-list" }, ...items.map((visit) => h("li", {}, visitRow(visit))))
        : h("p", { class: "muted" }, t("clients.noVisits")),
    ),
  ];
}

function visitRow({ appointmentId, serviceName, startsAt, status, price }: VisitView): HTMLElement {
  return h(
    "article",
    { class: "day-row" },
    h("time", { datetime: startsAt }, moment(startsAt)),
    h(
      "div",
      {},
      h("h3", {}, h("a", { href: `/appointments/${appointmentId}` }, serviceName)),
      h("p", { class: "muted" }, money(price)),
    ),
    statusBadge({ status }),
  );
}

function noteForm(id: string, changed: () => void): HTMLElement {
  const text = {
    name: "text",
    label: t("clients.note"),
    type: "textarea",
    rows: 3,
    maxlength: 4000,
  };
  return form([text], t("common.add"), async (values) => {
    const body = { text: values["text"] ?? "" };
    await api("post", "/v1/profiles/clients/{id}/notes", { path: { id }, body });
    changed();
  });
}

function noteRow(note: ClientNoteView, changed: () => void): HTMLElement {
  const path = { id: note.clientId, note: note.id };
  const element = h("article", { class: "appointment" });
  const remove = h("button", { class: "quiet" }, t("common.delete"));
  const removal = async (): Promise<void> => {
    try {
      await api("delete", "/v1/profiles/clients/{id}/notes/{note}", { path });
      changed();
    } catch (error) {
      toast(describe(error));
    }
  };
  const edit = h("button", { class: "secondary" }, t("common.edit"));
  on(remove, { click: () => void removal() });
  on(edit, {
    click: () => {
      const text = {
        name: "text",
        label: t("clients.note"),
        type: "textarea",
        rows: 4,
        maxlength: 4000,
        value: note.text,
      };
      const save = form([text], t("common.save"), async (values) => {
        const body = { text: values["text"] ?? "" };
        await api("put", "/v1/profiles/clients/{id}/notes/{note}", { path, body });
        changed();
      });
      fill(element, save);
    },
  });
  fill(
    element,
    h("p", { class: "pre" }, note.text),
    h("p", { class: "muted" }, date(note.updatedAt)),
    h("div", { class: "actions" }, edit, remove),
  );
  return element;
}
