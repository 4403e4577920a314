import { api } from "../../api/client";
import type { AppointmentView } from "../../api/schema";
import { h } from "../../dom";
import { localZone, money } from "../../format";
import { locale, t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { addDays, instantOf, localTime } from "../../zones";
import { backLink, empty, requireArtist } from "../parts";
import { loadedSection } from "../screen";

const MONTHS = 12;
const PAGE = 100;
const STATUSES = "completed,cancelled,no_show,confirmed";

/** What a month earned, in one currency. */
interface Row {
  month: string;
  currency: string;
  visits: number;
  revenue: number;
  /** What was kept or paid for visits that did not take place. */
  fees: number;
  planned: number;
  missed: number;
}

/** The reports of the studio: what each of the last twelve months earned. */
export const reports = requireArtist(({ signal }: Visit): Page => {
  const list = loadedSection<Row[]>({
    key: "my/studio/reports",
    load: () => load(signal),
    render: (rows) => [table(rows)],
    empty: (rows) => (rows.length === 0 ? empty(t("reports.none"), t("reports.noneText")) : null),
    signal,
  });
  const content = h(
    "section",
    { class: "studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.reports")),
    h("p", { class: "muted" }, t("reports.text")),
    list.element,
  );
  return { title: t("studio.reports"), content };
});

async function load(signal: AbortSignal): Promise<Row[]> {
  const today = localTime(Date.now(), localZone).slice(0, 10);
  const first = `${addDays(`${today.slice(0, 8)}01`, -30 * (MONTHS - 1)).slice(0, 7)}-01`;
  const from = instantOf(`${first}T00:00`, localZone);
  const rows = new Map<string, Row>();
  let cursor: string | null = null;
  do {
    const position: { cursor?: string } = cursor ? { cursor } : {};
    const query = { role: "artist", from, status: STATUSES, limit: PAGE, ...position } as const;
    const page = await api("get", "/v1/appointments", { query, signal });
    for (const item of page.items) count(rows, item);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return [...rows.values()].sort((one, other) => (one.month < other.month ? 1 : -1));
}

function count(rows: Map<string, Row>, item: AppointmentView): void {
  const month = localTime(item.startsAt, item.timeZone).slice(0, 7);
  const { currency } = item.price;
  const key = `${month} ${currency}`;
  const row = rows.get(key) ?? {
    month,
    currency,
    visits: 0,
    revenue: 0,
    fees: 0,
    planned: 0,
    missed: 0,
  };
  rows.set(key, row);
  row.fees += item.balance.forfeited + item.balance.paid;
  if (item.status === "completed") {
    row.visits += 1;
    row.revenue += item.price.amount;
  } else if (item.status === "confirmed") row.planned += item.price.amount;
  else row.missed += 1;
}

function table(rows: readonly Row[]): HTMLElement {
  const columns = ["month", "visits", "revenue", "fees", "missed", "planned"] as const;
  const most = Math.max(...rows.map(({ revenue }) => revenue), 1);
  return h(
    "div",
    { class: "table-scroll", tabindex: 0, role: "group", "aria-label": t("studio.reports") },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, t("studio.reports")),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ...columns.map((name) =>
            h(
              "th",
              { scope: "col", class: name === "month" ? "" : "number" },
              t(`reports.${name}`),
            ),
          ),
        ),
      ),
      h("tbody", {}, ...rows.map((row) => tableRow(row, most))),
    ),
  );
}

function tableRow(row: Row, most: number): HTMLElement {
  const { currency } = row;
  const amount = (value: number): HTMLElement =>
    h("td", { class: "number" }, money({ amount: value, currency }));
  const bar = h("meter", {
    min: 0,
    max: most,
    value: row.revenue,
    "aria-label": t("reports.revenue"),
  });
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, monthName(row.month), bar),
    h("td", { class: "number" }, row.visits),
    amount(row.revenue),
    amount(row.fees),
    h("td", { class: "number" }, row.missed),
    amount(row.planned),
  );
}

function monthName(month: string): string {
  const format = new Intl.DateTimeFormat(locale(), {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  return format.format(new Date(`${month}-01T00:00Z`));
}
