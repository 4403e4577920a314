import { api } from "../../api/client";
import type { ExternalCalendarView } from "../../api/schema";
import { h, on } from "../../dom";
import { moment } from "../../format";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { backLink, describe, empty, requireArtist } from "../parts";
import { loadedSection } from "../screen";

/** The calendars of other programs whose busy times block slots, and whether they can be read. */
export const externalCalendars = requireArtist(({ signal }: Visit): Page => {
  const list = loadedSection({
    key: "my/studio/external-calendars",
    load: () => api("get", "/v1/appointments/external-calendars", { signal }),
    render: ({ items }) => [
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, row(item, reload)))),
    ],
    empty: ({ items }) =>
      items.length === 0 ? empty(t("calendars.none"), t("calendars.noneText")) : null,
    signal,
  });
  const reload = (): void => void list.reload();
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("calendars.title")),
    list.element,
    h("section", { class: "block" }, h("h2", {}, t("calendars.add")), addForm(reload)),
  );
  return { title: t("calendars.title"), content };
});

function row(item: ExternalCalendarView, changed: () => void): HTMLElement {
  const { id, name, host, blocks, refreshedAt, problem, unclear } = item;
  const label = `${t("common.remove")}: ${name}`;
  const button = h("button", { class: "quiet", "aria-label": label }, t("common.remove"));
  const remove = async (): Promise<void> => {
    try {
      await api("delete", "/v1/appointments/external-calendars/{id}", { path: { id } });
      changed();
    } catch (error) {
      toast(describe(error));
    }
  };
  on(button, { click: () => void remove() });
  const details = [
    host,
    t("calendars.blocks", { count: blocks }),
    refreshedAt ? t("calendars.readAt", { moment: moment(refreshedAt) }) : "",
  ];
  return h(
    "div",
    { class: "setting-row" },
    h(
      "div",
      {},
      h("h2", {}, name),
      h("p", { class: "muted" }, details.filter(Boolean).join(" · ")),
      problem ? h("p", { class: "notice" }, problem) : null,
      ...unclear.map((event) =>
        h("p", { class: "notice" }, `${event.title} ${event.start}: ${event.problem}`),
      ),
    ),
    button,
  );
}

function addForm(changed: () => void): HTMLElement {
  const fields: Field[] = [
    { name: "name", label: t("calendars.name"), maxlength: 120 },
    { name: "url", label: t("calendars.address"), type: "url", hint: t("calendars.addressHint") },
  ];
  return form(fields, t("common.add"), async ({ name = "", url = "" }) => {
    await api("post", "/v1/appointments/external-calendars", { body: { name, url } });
    toast(t("common.saved"));
    changed();
  });
}
