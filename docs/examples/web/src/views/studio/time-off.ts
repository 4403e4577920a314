/** Time off: periods in which the artist takes no bookings. */

import { api } from "../../api/client";
import type { Availability, AvailabilityRequest } from "../../api/schema";
import { h, on } from "../../dom";
import { form } from "../../forms";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import { instantOf } from "../../zones";
import { openDialog } from "../dialog";

/** Return the request that leaves an availability as it is. */
export function requestOf({ version: _, ...kept }: Availability): AvailabilityRequest {
  return kept;
}

/** Create the button that adds time off; `changed` is called when it did. */
export function timeOffButton(availability: Availability, changed: () => void): HTMLElement {
  const button = h("button", { class: "secondary" }, icon("plus"), t("studio.addTimeOff"));
  return on(button, { click: () => showDialog(availability, changed) });
}

function showDialog(availability: Availability, changed: () => void): void {
  const title = t("studio.addTimeOff");
  const fields = [
    { name: "startsAt", label: t("studio.from"), type: "datetime-local" },
    { name: "endsAt", label: t("studio.until"), type: "datetime-local" },
  ];
  const save = form(fields, t("common.save"), async ({ startsAt = "", endsAt = "" }) => {
    const { timeZone, timeOff = [] } = availability;
    const added = { startsAt: instantOf(startsAt, timeZone), endsAt: instantOf(endsAt, timeZone) };
    const body = { ...requestOf(availability), timeOff: [...timeOff, added] };
    await api("put", "/v1/appointments/availability", { body });
    dialog.close();
    toast(t("common.saved"));
    changed();
  });
  const text = h("p", {}, t("studio.timeOffText"));
  const dialog = openDialog(title, h("h2", {}, title), text, save);
}
