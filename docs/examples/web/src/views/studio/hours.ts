import { api } from "../../api/client";
import { Problem } from "../../api/http";
import type { Availability, OpeningWindow, TimeOff, WeeklyHours } from "../../api/schema";
import { type Child, fill, h, on } from "../../dom";
import { localZone, moment } from "../../format";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { locale, t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { backLink, describe, requireArtist } from "../parts";
import { loadedSection } from "../screen";
import { guestSpots } from "./guest-spots";
import { requestOf, timeOffButton } from "./time-off";

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const satisfies (keyof WeeklyHours)[];

const NO_HOURS: Availability = { timeZone: localZone, weekly: {}, overrides: [], timeOff: [] };
const FIRST_WINDOW: OpeningWindow = { start: "10:00", end: "18:00" };

/** The opening hours of the studio, its time off and its guest spots. */
export const hours = requireArtist((visit: Visit): Page => {
  const { signal } = visit;
  const shown = loadedSection<Availability>({
    key: "my/studio/hours",
    load: () => loadAvailability(signal),
    render: (value) => parts(value, () => void shown.reload()),
    signal,
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.hours")),
    shown.element,
    guestSpots(visit),
  );
  return { title: t("studio.hours"), content };
});

async function loadAvailability(signal: AbortSignal): Promise<Availability> {
  try {
    return await api("get", "/v1/appointments/availability", { signal });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return NO_HOURS;
    throw error;
  }
}

function parts(value: Availability, changed: () => void): Child[] {
  return [weekForm(value, changed), timeOffPart(value, changed)];
}

function weekForm(value: Availability, changed: () => void): HTMLElement {
  const editor = weekEditor(value.weekly ?? {});
  const zone: Field = {
    name: "timeZone",
    label: t("studio.timeZone"),
    type: "select",
    value: value.timeZone,
    options: Intl.supportedValuesOf("timeZone").map((name) => [name, name.replaceAll("_", " ")]),
  };
  return form(
    [zone],
    t("common.save"),
    async (values) => {
      const timeZone = values["timeZone"] ?? value.timeZone;
      const body = { ...requestOf(value), timeZone, weekly: editor.read() };
      await api("put", "/v1/appointments/availability", { body });
      toast(t("common.saved"));
      changed();
    },
    editor.element,
  );
}

interface WeekEditor {
  element: HTMLElement;
  /** Return the windows as they are on the screen. */
  read: () => WeeklyHours;
}

/** Create the editor of a week's opening windows. */
export function weekEditor(weekly: WeeklyHours): WeekEditor {
  const days = WEEKDAYS.map((day) => dayEditor(day, weekly[day] ?? []));
  const copy = on(h("button", { type: "button", class: "quiet" }, t("studio.copyMonday")), {
    click: () => {
      const [monday, ...others] = days;
      for (const each of others.slice(0, 4)) each.show(monday?.read() ?? []);
    },
  });
  return {
    element: h("div", { class: "week-editor" }, ...days.map(({ element }) => element), copy),
    read: () => Object.fromEntries(WEEKDAYS.map((day, index) => [day, days[index]?.read() ?? []])),
  };
}

function dayEditor(day: keyof WeeklyHours, windows: readonly OpeningWindow[]) {
  const list = h("div", { class: "windows" });
  const name = weekdayName(day);
  const add = h(
    "button",
    { type: "button", class: "quiet", "aria-label": t("studio.addWindowOn", { day: name }) },
    t("studio.addWindow"),
  );
  const closed = h("span", { class: "muted" }, t("studio.closed"));
  const update = (): void => {
    closed.hidden = list.childElementCount > 0;
  };
  const addWindow = (window: OpeningWindow): void => {
    const row = windowRow(name, window, () => {
      row.remove();
      update();
    });
    list.append(row);
    update();
  };
  const show = (shown: readonly OpeningWindow[]): void => {
    fill(list);
    shown.forEach(addWindow);
    update();
  };
  show(windows);
  on(add, { click: () => addWindow(FIRST_WINDOW) });
  const read = (): OpeningWindow[] =>
    [...list.children].map((row) => {
      const [start, end] = [...row.querySelectorAll("input")].map(({ value }) => value);
      return { start: start ?? "", end: end === "00:00" ? "24:00" : (end ?? "") };
    });
  const element = h("fieldset", { class: "day-hours" }, h("legend", {}, name), closed, list, add);
  return { element, show, read };
}

function windowRow(day: string, { start, end }: OpeningWindow, remove: () => void): HTMLElement {
  const input = (value: string, label: string): HTMLElement =>
    h("input", {
      type: "time",
      required: true,
      value: value === "24:00" ? "00:00" : value,
      "aria-label": `${day}: ${label}`,
    });
  const button = h(
    "button",
    { type: "button", class: "quiet", "aria-label": t("studio.removeWindowOn", { day }) },
    t("common.remove"),
  );
  on(button, { click: remove });
  return h(
    "div",
    { class: "window" },
    input(start, t("studio.from")),
    h("span", { "aria-hidden": "true" }, "–"),
    input(end, t("studio.until")),
    button,
  );
}

function weekdayName(day: keyof WeeklyHours): string {
  const format = new Intl.DateTimeFormat(locale(), { weekday: "long", timeZone: "UTC" });
  return format.format(Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day))); // a Monday
}

function timeOffPart(value: Availability, changed: () => void): HTMLElement {
  const periods = (value.timeOff ?? []).filter(({ endsAt }) => Date.parse(endsAt) > Date.now());
  return h(
    "section",
    { class: "block" },
    h(
      "div",
      { class: "page-head" },
      h("h2", {}, t("studio.timeOff")),
      timeOffButton(value, changed),
    ),
    periods.length === 0
      ? h("p", { class: "muted" }, t("studio.noTimeOff"))
      : h(
          "ul",
          { class: "rows" },
          ...periods.map((each) => h("li", {}, timeOffRow(each, value, changed))),
        ),
  );
}

function timeOffRow(period: TimeOff, value: Availability, changed: () => void): HTMLElement {
  const { timeZone } = value;
  const text = `${moment(period.startsAt, timeZone)} – ${moment(period.endsAt, timeZone)}`;
  const label = `${t("common.remove")}: ${text}`;
  const button = h("button", { class: "quiet", "aria-label": label }, t("common.remove"));
  const remove = async (): Promise<void> => {
    try {
      const timeOff = (value.timeOff ?? []).filter((each) => each !== period);
      const body = { ...requestOf(value), timeOff };
      await api("put", "/v1/appointments/availability", { body });
      changed();
    } catch (error) {
      toast(describe(error));
    }
  };
  on(button, { click: () => void remove() });
  return h("div", { class: "setting-row" }, h("span", {}, text), button);
}
