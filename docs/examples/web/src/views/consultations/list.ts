import { api } from "../../api/client";
import type { ConsultationSummary, ProposalView } from "../../api/schema";
import { h } from "../../dom";
import { date, money, moment } from "../../format";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/consultations.css";
import { empty, person, requireSession } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";

interface Shown {
  consultations: ConsultationSummary[];
  proposals: ProposalView[];
}

/** The page of requests for projects, and of the proposals that answer them. */
export const consultations = requireSession(({ signal }: Visit): Page => {
  const isArtist = getCurrentUser()?.role === "artist";
  const list = loadedSection<Shown>({
    key: "my/consultations",
    load: async () => {
      const [found, proposals] = await Promise.all([
        api("get", "/v1/consultations", { query: { limit: 50 }, signal }),
        api("get", "/v1/appointments/proposals", { query: { limit: 100 }, signal }),
      ]);
      const sent = proposals.items.filter(({ status }) => status === "sent");
      return { consultations: found.items, proposals: sent };
    },
    render: ({ consultations: items, proposals }) => [
      proposals.length > 0 && h("h2", {}, t("proposals.waiting")),
      proposals.length > 0 &&
        h(
          "ul",
          { class: "rows" },
          ...proposals.map((each) => h("li", {}, proposalRow(each, isArtist))),
        ),
      items.length > 0 && h("h2", {}, t("consultations.title")),
      h("ul", { class: "rows" }, ...items.map((each) => h("li", {}, row(each, isArtist)))),
    ],
    empty: ({ consultations: items, proposals }) =>
      items.length + proposals.length === 0
        ? empty(
            t("consultations.none"),
            t(isArtist ? "consultations.noneArtist" : "consultations.noneText"),
          )
        : null,
    signal,
  });
  const content = h(
    "section",
    { class: "narrow" },
    h("h1", {}, t("consultations.titleAll")),
    list.element,
  );
  return { title: t("consultations.titleAll"), content };
});

function row(item: ConsultationSummary, isArtist: boolean): HTMLElement {
  const other = isArtist ? item.client : item.artist;
  return h(
    "article",
    { class: "appointment" },
    h("p", { class: `status ${item.status}` }, t(`consultations.status_${item.status}`)),
    h(
      "h3",
      {},
      h("a", { href: `/consultations/${item.id}` }, item.subject || t("consultations.erased")),
    ),
    person(
      { id: other.id, name: other.name || null, avatar: other.avatar },
      h("p", { class: "muted" }, date(item.createdAt)),
    ),
  );
}

function proposalRow(item: ProposalView, isArtist: boolean): HTMLElement {
  return h(
    "article",
    { class: "appointment" },
    h("h3", {}, h("a", { href: `/proposals/${item.id}` }, item.service.name)),
    personRow(
      isArtist ? item.clientId : item.artistId,
      "",
      h(
        "p",
        { class: "muted" },
        `${money(item.total)} · ${moment(item.sittings[0]?.startsAt ?? "")}`,
      ),
    ),
    h("p", { class: "notice" }, t("proposals.until", { moment: moment(item.expiresAt) })),
  );
}
