import { api } from "../../api/client";
import type { ServiceView } from "../../api/schema";
import { h } from "../../dom";
import { duration, money } from "../../format";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/studio.css";
import { backLink, empty, requireArtist } from "../parts";
import { loadedSection } from "../screen";

/** The services of the studio. */
export const services = requireArtist(({ signal }: Visit): Page => {
  const add = () =>
    h("a", { class: "button primary", href: "/studio/services/new" }, t("studio.addService"));
  const list = loadedSection({
    key: "my/studio/services",
    load: () =>
      api("get", "/v1/appointments/services", {
        query: { artistId: getCurrentUser()?.id ?? "" },
        signal,
      }),
    render: ({ items }) => [
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, row(item)))),
      h("div", { class: "actions" }, add()),
    ],
    empty: ({ items }) =>
      items.length === 0 ? empty(t("studio.noServices"), t("studio.noServicesText"), add()) : null,
    signal,
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.services")),
    list.element,
  );
  return { title: t("studio.services"), content };
});

function row(item: ServiceView): HTMLElement {
  const { id, name, durationMinutes, sittings, total, deposit, mode } = item;
  const details = [
    duration(durationMinutes),
    sittings > 1 ? t("studio.sittingsCount", { count: sittings }) : "",
    deposit ? t("appointments.deposit") : "",
    mode === "request" ? t("studio.onRequest") : "",
  ];
  return h(
    "div",
    { class: "setting-row" },
    h(
      "div",
      {},
      h("h2", {}, h("a", { href: `/studio/services/${id}` }, name)),
      h("p", { class: "muted" }, details.filter(Boolean).join(" · ")),
    ),
    h("strong", { class: "price" }, money(total)),
  );
}

/** Return the currency of the studio's services, which policies are said in. */
export async function currencyOfStudio(signal: AbortSignal): Promise<string> {
  const query = { artistId: getCurrentUser()?.id ?? "" };
  const { items } = await api("get", "/v1/appointments/services", { query, signal });
  return items[0]?.price.currency ?? "EUR";
}
