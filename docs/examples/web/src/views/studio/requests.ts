import { api } from "../../api/client";
import type { AppointmentView } from "../../api/schema";
import { h } from "../../dom";
import { duration, moment, money } from "../../format";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { answers } from "../appointments/artist-actions";
import { backLink, detail, empty, requireArtist } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";

/** The requests that wait for the artist's answer, those that expire first at the top. */
export const requests = requireArtist(({ signal }: Visit): Page => {
  const list = loadedSection({
    key: "my/studio/requests",
    load: () =>
      api("get", "/v1/appointments", {
        query: { role: "artist", status: "pending", limit: 100 },
        signal,
      }),
    render: ({ items }) => [
      h("ul", { class: "rows" }, ...sorted(items).map((item) => h("li", {}, row(item, reload)))),
    ],
    empty: ({ items }) =>
      items.length === 0 ? empty(t("studio.noRequests"), t("studio.noRequestsText")) : null,
    signal,
  });
  const reload = (): void => void list.reload();
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio", t("layout.today")),
    h("h1", {}, t("layout.requests")),
    list.element,
    h(
      "p",
      { class: "more-links" },
      h("a", { href: "/consultations" }, t("studio.allConsultations")),
    ),
  );
  moveByKeys(list.element, signal);
  return { title: t("layout.requests"), content };
});

function sorted(items: readonly AppointmentView[]): AppointmentView[] {
  const key = ({ answerBy, startsAt }: AppointmentView): string => answerBy ?? startsAt;
  return [...items].sort((first, second) => (key(first) < key(second) ? -1 : 1));
}

function row(item: AppointmentView, changed: () => void): HTMLElement {
  const { service, answerBy, deposit } = item;
  const waitsForDeposit = deposit !== null && service.mode === "direct";
  return h(
    "article",
    { class: "appointment" },
    h("h2", {}, h("a", { href: `/appointments/${item.id}` }, service.name)),
    h("p", { class: "big" }, moment(item.startsAt)),
    personRow(item.clientId, item.walkInName),
    h(
      "p",
      { class: "details" },
      detail("clock", duration(service.durationMinutes)),
      detail("card", money(item.total)),
    ),
    item.notes ? h("p", { class: "pre" }, item.notes) : null,
    answerBy
      ? h("p", { class: "muted" }, t("studio.answerBy", { moment: moment(answerBy) }))
      : null,
    waitsForDeposit ? h("p", { class: "muted" }, t("studio.waitsForDeposit")) : null,
    h("div", { class: "actions" }, ...answers(item, changed)),
  );
}

/** Move among the requests with `j` and `k`. */
function moveByKeys(list: HTMLElement, signal: AbortSignal): void {
  const move = (event: KeyboardEvent): void => {
    const isTyping =
      event.target instanceof Element && event.target.closest("input, textarea, dialog");
    if (isTyping || (event.key !== "j" && event.key !== "k")) return;
    const links = [...list.querySelectorAll<HTMLElement>("h2 a")];
    const current = links.indexOf(document.activeElement as HTMLElement);
    links[Math.max(0, current + (event.key === "j" ? 1 : -1))]?.focus();
  };
  document.addEventListener("keydown", move, { signal });
}
