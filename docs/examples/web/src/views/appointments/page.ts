import { api } from "../../api/client";
import type { AppointmentView } from "../../api/schema";
import { h, on } from "../../dom";
import { clock, duration, localZone, moment, money, zoneName } from "../../format";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { authorizedFile } from "../../saved-files";
import "../../styles/appointments.css";
import { backLink, describe, requireSession } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";
import { type Agreement, policyList } from "../terms";
import { writeButton } from "../write-button";
import { artistActions } from "./artist-actions";
import { cancelButton } from "./cancel";
import { charges } from "./charges";
import { depositPart } from "./deposit";
import { reviewPart } from "./review";
import { isArtistOf, isOpen, otherOf, statusBadge } from "./status";

/** The page of an appointment: with whom, when, where, what it costs, and all that can be done. */
export const appointment = requireSession(({ path, signal }: Visit): Page => {
  const { id = "" } = path;
  const shown = loadedSection<AppointmentView>({
    key: `my/appointment/${id}`,
    load: () => api("get", "/v1/appointments/{id}", { path: { id }, signal }),
    render: (value) => parts(value, () => void shown.reload(), signal),
    heading: t("appointments.one"),
    signal,
  });
  const content = h(
    "section",
    { class: "narrow visit" },
    backLink("/appointments", t("appointments.title")),
    shown.element,
  );
  return { title: t("appointments.one"), content };
});

function parts(
  item: AppointmentView,
  changed: () => void,
  signal: AbortSignal,
): (HTMLElement | null)[] {
  const other = otherOf(item);
  const isArtist = isArtistOf(item);
  return [
    h("header", { class: "visit-head" }, statusBadge(item), h("h1", {}, item.service.name)),
    h(
      "div",
      { class: "visit-who" },
      personRow(other, item.walkInName),
      other ? writeButton(other, isArtist) : null,
    ),
    item.reason ? h("p", { class: "notice" }, item.reason) : null,
    overview(item),
    h("div", { class: "actions" }, ...actions(item, isArtist, changed)),
    item.notes
      ? block(
          t(isArtist ? "appointments.clientNotes" : "appointments.notes"),
          h("p", { class: "pre" }, item.notes),
        )
      : null,
    item.deposit ? depositPart(item, changed) : null,
    isArtist ? artistActions(item, changed) : null,
    charges(item, isArtist, changed),
    item.policies.length > 0
      ? block(t("appointments.terms"), policyList(item.policies, agreementOf(item)))
      : null,
    isArtist ? null : reviewPart(item, signal),
  ];
}

function overview(item: AppointmentView): HTMLElement {
  const { service, project } = item;
  const theirs = clock(item.startsAt, item.timeZone);
  const differs = theirs !== clock(item.startsAt);
  const rows: [string, (Node | string | null)[]][] = [
    [
      t("appointments.when"),
      [
        h("strong", {}, moment(item.startsAt)),
        ` · ${duration(service.durationMinutes)}`,
        h(
          "p",
          { class: "muted" },
          differs
            ? t("appointments.localTime", { time: theirs, zone: zoneName(item.timeZone) })
            : t("appointments.zone", { zone: zoneName(localZone) }),
        ),
      ],
    ],
    [t("appointments.where"), [place(service.location)]],
    [t("appointments.price"), [price(item)]],
  ];
  if (item.answerBy && item.status === "pending")
    rows.push([t("appointments.answerBy"), [moment(item.answerBy)]]);
  if (project && project.sittings > 1)
    rows.push([
      t("appointments.sittings"),
      [t("appointments.sittingOf", { sitting: project.sitting, sittings: project.sittings })],
    ]);
  return h(
    "dl",
    { class: "descriptions" },
    ...rows.flatMap(([name, values]) => [h("dt", {}, name), h("dd", {}, ...values)]),
  );
}

function price({ price: agreed, listPrice, discount, voucher, total, project }: AppointmentView) {
  const parts = [money(agreed)];
  if (discount.amount > 0)
    parts.push(
      t("appointments.discount", {
        list: money(listPrice),
        name: voucher ?? "",
        off: money(discount),
      }),
    );
  if (project && project.sittings > 1)
    parts.push(t("appointments.total", { amount: money(total) }));
  return parts.join(" · ");
}

/** Create the place with a link to a map, which is opened elsewhere: nothing foreign is loaded. */
function place(location: string): HTMLElement | string {
  if (!location) return t("appointments.noPlace");
  const map = `https://www.openstreetmap.org/search?query=${encodeURIComponent(location)}`;
  return h(
    "span",
    {},
    location,
    " · ",
    h("a", { href: map, target: "_blank", rel: "noopener" }, t("appointments.map")),
  );
}

function agreementOf({ startsAt, price: agreed }: AppointmentView): Agreement {
  return { startsAt, amount: agreed.amount, currency: agreed.currency };
}

function actions(item: AppointmentView, isArtist: boolean, changed: () => void): HTMLElement[] {
  if (!isOpen(item)) {
    const again = h(
      "a",
      { class: "button secondary", href: `/artists/${item.artistId}` },
      t("appointments.again"),
    );
    return isArtist ? [] : [again];
  }
  const isPast = Date.parse(item.startsAt) <= Date.now();
  if (isPast) return [calendarButton(item)];
  const move = h(
    "a",
    { class: "button secondary", href: `/appointments/${item.id}/move` },
    t("appointments.move"),
  );
  return [calendarButton(item), move, cancelButton(item, changed)];
}

function calendarButton({ id }: AppointmentView): HTMLElement {
  const button = h("button", { class: "secondary" }, icon("calendar"), t("appointments.ics"));
  const save = async (): Promise<void> => {
    try {
      await authorizedFile(`/v1/appointments/${id}/calendar.ics`, `${id}.ics`);
    } catch (error) {
      toast(describe(error));
    }
  };
  return on(button, { click: () => void save() });
}

function block(title: string, ...content: HTMLElement[]): HTMLElement {
  return h("section", { class: "block" }, h("h2", {}, title), ...content);
}
