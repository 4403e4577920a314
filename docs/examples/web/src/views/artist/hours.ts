/** When an artist usually works. */

import { api } from "../../api/client";
import type { OpeningHours } from "../../api/schema";
import { h } from "../../dom";
import { localZone, weekdayName, zoneName } from "../../format";
import { t } from "../../messages";
import { loadedSection } from "../screen";

const DAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

/** Create the section of an artist's weekly hours; artists who have set none have an empty one. */
export function openingHours(artistId: string, signal: AbortSignal): HTMLElement {
  const hours = loadedSection({
    key: `public/hours/${artistId}`,
    signal,
    load: () => api("get", "/v1/appointments/opening-hours", { query: { artistId }, signal }),
    render: weekOf,
  });
  return h("div", { class: "hours" }, hours.element);
}

function weekOf({ timeZone, weekly }: OpeningHours): (HTMLElement | null)[] {
  if (timeZone === null) return [];
  const rows = DAYS.map((day, index) => {
    const windows = (weekly[day] ?? []).map(({ start, end }) => `${start}–${end}`);
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, weekdayName(index + 1)),
      h("td", {}, windows.length > 0 ? windows.join(", ") : t("artist.closed")),
    );
  });
  return [
    h("h3", {}, t("artist.hours")),
    h("table", {}, h("tbody", {}, ...rows)),
    timeZone === localZone
      ? null
      : h("p", { class: "muted" }, t("artist.hoursZone", { city: zoneName(timeZone) })),
  ];
}
