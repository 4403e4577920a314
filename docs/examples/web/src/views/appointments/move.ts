import { api } from "../../api/client";
import type { AppointmentView, CostPreview, Slot } from "../../api/schema";
import { type Child, fill, h, on } from "../../dom";
import { clock, dateKey, day, moment, zoneName } from "../../format";
import { toast } from "../../layout";
import { t } from "../../messages";
import { type Page, type Visit, go } from "../../router";
import "../../styles/appointments.css";
import { backLink, describe, empty, requireSession } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";
import { costOf } from "./cancel";
import { otherOf } from "./status";

interface Choice {
  item: AppointmentView;
  slots: Slot[];
}

/** The page that moves an appointment: choose another free time, see what it costs, confirm. */
export const move = requireSession(({ path, signal }: Visit): Page => {
  const { id = "" } = path;
  const choice = loadedSection<Choice>({
    key: `my/move/${id}`,
    load: () => load(id, signal),
    render: (value) => choose(value, step, () => void choice.reload()),
    empty: ({ slots }) =>
      slots.length === 0 ? empty(t("appointments.noSlots"), t("appointments.noSlotsText")) : null,
    signal,
  });
  const step = h("div", { "aria-live": "polite" });
  const content = h(
    "section",
    { class: "narrow visit" },
    backLink(`/appointments/${id}`, t("appointments.one")),
    h("h1", {}, t("appointments.moveTitle")),
    step,
    choice.element,
  );
  return { title: t("appointments.moveTitle"), content };
});

async function load(id: string, signal: AbortSignal): Promise<Choice> {
  const item = await api("get", "/v1/appointments/{id}", { path: { id }, signal });
  const query = { artistId: item.artistId, serviceId: item.service.id, limit: 1000 };
  const { items } = await api("get", "/v1/appointments/slots", { query, signal });
  return { item, slots: items.filter((slot) => slot.startsAt !== item.startsAt) };
}

function choose({ item, slots }: Choice, step: HTMLElement, changed: () => void): Child[] {
  const days = Map.groupBy(slots, (slot) => dateKey(slot.startsAt));
  return [
    personRow(otherOf(item), item.walkInName, h("p", { class: "muted" }, item.service.name)),
    h("p", {}, t("appointments.movedFrom", { moment: moment(item.startsAt) })),
    ...[...days.values()].map((times) =>
      h(
        "section",
        { class: "day-slots" },
        h("h2", {}, day(times[0]!.startsAt)),
        h(
          "ul",
          { class: "times" },
          ...times.map((slot) => h("li", {}, timeButton(item, slot, step, changed))),
        ),
      ),
    ),
  ];
}

function timeButton(
  item: AppointmentView,
  slot: Slot,
  step: HTMLElement,
  changed: () => void,
): HTMLElement {
  const mine = clock(slot.startsAt);
  const theirs = clock(slot.startsAt, slot.timeZone);
  const button = h(
    "button",
    { class: "time", "aria-label": `${day(slot.startsAt)}, ${mine}` },
    h("strong", {}, mine),
    theirs === mine ? null : h("small", {}, `${theirs} ${zoneName(slot.timeZone)}`),
  );
  const show = async (): Promise<void> => {
    button.disabled = true;
    try {
      fill(step, confirmation(item, slot, await preview(item.id, slot), changed));
      step.querySelector("h2")?.focus();
      step.scrollIntoView({ block: "start" });
    } catch (error) {
      toast(describe(error));
      changed();
    }
    button.disabled = false;
  };
  return on(button, { click: () => void show() });
}

async function preview(id: string, { startsAt }: Slot): Promise<CostPreview> {
  const answer = await api("post", "/v1/appointments/{id}/reschedule", {
    path: { id },
    query: { preview: true },
    body: { startsAt },
  });
  return answer as CostPreview;
}

function confirmation(
  item: AppointmentView,
  slot: Slot,
  cost: CostPreview,
  changed: () => void,
): HTMLElement {
  const button = h("button", { class: "primary" }, t("appointments.moveNow"));
  const failure = h("p", { class: "failure", role: "alert" });
  const confirm = async (): Promise<void> => {
    button.disabled = true;
    const body = { startsAt: slot.startsAt, version: cost.version };
    try {
      await api("post", "/v1/appointments/{id}/reschedule", { path: { id: item.id }, body });
      toast(t("appointments.moved"));
      go(`/appointments/${item.id}`, { replace: true });
    } catch (error) {
      fill(failure, describe(error));
      button.disabled = false;
      changed(); // the time may be taken by now
    }
  };
  on(button, { click: () => void confirm() });
  return h(
    "div",
    { class: "panel" },
    h("h2", { tabindex: -1 }, moment(slot.startsAt)),
    costOf(cost),
    failure,
    h("div", { class: "actions" }, button),
  );
}
