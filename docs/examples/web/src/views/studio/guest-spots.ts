/** Schedules at other places: guest spots with dates, or hours for some services. */

import { api } from "../../api/client";
import type { Schedule } from "../../api/schema";
import { h, on } from "../../dom";
import { localZone, shortDate } from "../../format";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Visit } from "../../router";
import { openDialog } from "../dialog";
import { describe } from "../parts";
import { loadedSection } from "../screen";
import { weekEditor } from "./hours";

/** Create the section of the guest spots, with the form that adds one. */
export function guestSpots({ signal }: Visit): HTMLElement {
  const list = loadedSection({
    key: "my/studio/schedules",
    load: () => api("get", "/v1/appointments/schedules", { signal }),
    render: ({ items }) => [
      items.length === 0
        ? h("p", { class: "muted" }, t("studio.noSpots"))
        : h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, row(item, reload)))),
    ],
    signal,
  });
  const reload = (): void => void list.reload();
  const add = on(h("button", { class: "secondary" }, t("studio.addSpot")), {
    click: () => editSpot(reload),
  });
  return h(
    "section",
    { class: "block" },
    h("div", { class: "page-head" }, h("h2", {}, t("studio.spots")), add),
    list.element,
  );
}

function row(item: Schedule, reload: () => void): HTMLElement {
  const { id, name, location, firstDate, lastDate } = item;
  const dates =
    firstDate && lastDate ? `${shortDate(firstDate, "UTC")} – ${shortDate(lastDate, "UTC")}` : "";
  const label = `${t("common.delete")}: ${name}`;
  const button = h("button", { class: "quiet", "aria-label": label }, t("common.delete"));
  const remove = async (): Promise<void> => {
    try {
      await api("delete", "/v1/appointments/schedules/{id}", { path: { id } });
      reload();
    } catch (error) {
      toast(describe(error));
    }
  };
  on(button, { click: () => void remove() });
  return h(
    "div",
    { class: "setting-row" },
    h(
      "div",
      {},
      h("strong", {}, name),
      h("p", { class: "muted" }, [location, dates].filter(Boolean).join(" · ")),
    ),
    button,
  );
}

function editSpot(changed: () => void): void {
  const title = t("studio.addSpot");
  const editor = weekEditor({});
  const fields: Field[] = [
    { name: "name", label: t("studio.spotName"), maxlength: 120 },
    { name: "location", label: t("appointments.where"), maxlength: 200 },
    { name: "firstDate", label: t("studio.firstDate"), type: "date" },
    { name: "lastDate", label: t("studio.lastDate"), type: "date" },
    {
      name: "timeZone",
      label: t("studio.timeZone"),
      type: "select",
      value: localZone,
      options: Intl.supportedValuesOf("timeZone").map((zone) => [zone, zone.replaceAll("_", " ")]),
    },
  ];
  const save = form(
    fields,
    t("common.save"),
    async ({ name = "", location = "", firstDate = "", lastDate = "", timeZone = "" }) => {
      const body = { name, location, firstDate, lastDate, timeZone, weekly: editor.read() };
      await api("post", "/v1/appointments/schedules", { body });
      dialog.close();
      changed();
    },
    editor.element,
  );
  const dialog = openDialog(title, h("h2", {}, title), h("p", {}, t("studio.spotText")), save);
}
