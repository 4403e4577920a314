import { api } from "../../api/client";
import type { VoucherView } from "../../api/schema";
import { h, on } from "../../dom";
import { date, money } from "../../format";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/appointments.css";
import { backLink, empty, requireSession } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";

/** The page of the vouchers that the user holds. */
export const vouchers = requireSession(({ signal }: Visit): Page => {
  const list = loadedSection({
    key: "my/vouchers",
    load: () => api("get", "/v1/profiles/vouchers", { query: { side: "held", limit: 50 }, signal }),
    render: ({ items }) => [
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, row(item)))),
    ],
    empty: ({ items }) =>
      items.length === 0 ? empty(t("vouchers.none"), t("vouchers.noneText")) : null,
    signal,
  });
  const content = h(
    "section",
    { class: "narrow" },
    backLink("/appointments", t("appointments.title")),
    h("h1", {}, t("vouchers.title")),
    list.element,
  );
  return { title: t("vouchers.title"), content };
});

/** Return what a voucher is worth: `€20` or `10 %`. */
export function voucherValue({ value }: Pick<VoucherView, "value">): string {
  return value.type === "fixed" ? money(value) : t("vouchers.percent", { percent: value.percent });
}

function row(item: VoucherView): HTMLElement {
  const { artistId, code, name, status, expiresAt, redeemedAt } = item;
  const copy = h("button", { class: "quiet" }, t("vouchers.copy"));
  on(copy, {
    click: () => void navigator.clipboard.writeText(code).then(() => toast(t("vouchers.copied"))),
  });
  const isUsable = status === "issued";
  const until = t("vouchers.until", { date: date(expiresAt) });
  const used = redeemedAt ? t("vouchers.usedAt", { date: date(redeemedAt) }) : "";
  return h(
    "article",
    { class: "appointment voucher" },
    h("p", { class: `status ${isUsable ? "confirmed" : status}` }, t(`vouchers.status_${status}`)),
    h("h2", {}, name),
    h("p", { class: "big" }, voucherValue(item)),
    personRow(artistId, ""),
    isUsable
      ? h(
          "p",
          {},
          h("code", { class: "code" }, code),
          " ",
          copy,
          h("span", { class: "muted" }, until),
        )
      : h("p", { class: "muted" }, used || until),
  );
}
