import { api } from "../../api/client";
import type {
  PlannedSitting,
  ProposalDraft,
  ServiceView,
  SittingFrequency,
} from "../../api/schema";
import { fill, h, on } from "../../dom";
import { date, moment, money, shortDate } from "../../format";
import { type Field, fieldRow, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { amountValue, parseAmount } from "../../money";
import { type Page, type Visit, go } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/consultations.css";
import { fileLinks } from "../file-links";
import { backLink, describe, empty, requireArtist } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";

const FREQUENCIES: readonly SittingFrequency[] = [
  "single",
  "consecutive",
  "weekly",
  "biweekly",
  "monthly",
];

interface Draft {
  draft: ProposalDraft;
  services: ServiceView[];
}

/** The page on which an artist answers a request with dates and a price. */
export const propose = requireArtist(({ path, signal }: Visit): Page => {
  const { id = "" } = path;
  const shown = loadedSection<Draft>({
    key: `my/propose/${id}`,
    load: () => load(id, signal),
    render: (value) => [editor(value)],
    empty: ({ services }) =>
      services.length === 0 ? empty(t("studio.noServices"), t("studio.noServicesText")) : null,
    signal,
  });
  const content = h(
    "section",
    { class: "narrow visit" },
    backLink(`/consultations/${id}`, t("consultations.one")),
    h("h1", {}, t("proposals.make")),
    shown.element,
  );
  return { title: t("proposals.make"), content };
});

async function load(id: string, signal: AbortSignal): Promise<Draft> {
  const artistId = getCurrentUser()?.id ?? "";
  const [draft, services] = await Promise.all([
    api("get", "/v1/consultations/{id}/proposal-draft", { path: { id }, signal }),
    api("get", "/v1/appointments/services", { query: { artistId }, signal }),
  ]);
  return { draft, services: services.items };
}

function editor({ draft, services }: Draft): HTMLElement {
  const { clientId, consultationId } = draft.proposal;
  const chosen = h("div", { class: "stack", role: "status" });
  let planned: readonly PlannedSitting[] = [];
  const idempotencyKey = crypto.randomUUID();
  const show = (sittings: readonly PlannedSitting[]): void => {
    planned = sittings;
    fill(
      chosen,
      h("h2", {}, t("proposals.dates")),
      h(
        "ol",
        { class: "sittings" },
        ...sittings.map((each) =>
          h(
            "li",
            { class: "sitting" },
            h("strong", {}, moment(each.startsAt)),
            h("span", { class: "muted" }, each.location),
          ),
        ),
      ),
    );
  };
  const element = form(
    fields(draft, services),
    t("proposals.send"),
    async (values) => {
      const quote = readQuote(values, services);
      if (planned.length === 0) throw new Error(t("proposals.findFirst"));
      const body = {
        ...quote,
        clientId,
        consultationId,
        startsAt: planned.map(({ startsAt }) => startsAt),
        message: values["message"] ?? "",
        expiresInHours: Number(values["expiresInHours"] ?? 72),
      };
      const made = await api("post", "/v1/appointments/proposals", { body, idempotencyKey });
      toast(t("proposals.sent"));
      go(`/proposals/${made.id}`);
    },
    ...planFields(draft),
  );
  const find = h("button", { type: "button", class: "secondary" }, t("proposals.findDates"));
  const plan = async (): Promise<void> => {
    find.disabled = true;
    const values = Object.fromEntries(
      [...new FormData(element)].map(([name, value]) => [name, String(value)]),
    );
    try {
      const body = {
        ...readQuote(values, services),
        clientId,
        frequency: (values["frequency"] ?? "single") as SittingFrequency,
        startsOn: values["startsOn"] ?? "",
        sittings: Number(values["sittings"] ?? 1),
      };
      show((await api("post", "/v1/appointments/plans", { body })).sittings);
    } catch (error) {
      planned = [];
      fill(chosen, h("p", { class: "failure" }, describe(error)));
    }
    find.disabled = false;
  };
  on(find, { click: () => void plan() });
  element
    .querySelector(".failure[role=alert]")
    ?.before(h("div", { class: "actions" }, find), chosen);
  return h("div", { class: "stack" }, wishes(draft), element);
}

function wishes({ proposal, preferredWindows, budget, files }: ProposalDraft): HTMLElement {
  const windows = preferredWindows.map(
    ({ firstDate, lastDate, partOfDay }) =>
      `${shortDate(firstDate, "UTC")} – ${date(lastDate, "UTC")}, ` +
      t(`consultations.part_${partOfDay ?? "any"}`),
  );
  const most = budget?.maximum ?? budget?.minimum;
  return h(
    "div",
    { class: "panel" },
    personRow(proposal.clientId, ""),
    h("p", { class: "pre" }, proposal.message),
    windows.length > 0 ? h("p", {}, `${t("consultations.when")}: ${windows.join("; ")}`) : null,
    budget && most != null
      ? h(
          "p",
          {},
          `${t("consultations.budget")}: ${money({ amount: most, currency: budget.currency })}`,
        )
      : null,
    files.length > 0 ? fileLinks(files) : null,
  );
}

function fields({ proposal }: ProposalDraft, services: readonly ServiceView[]): Field[] {
  const first = services.find(({ id }) => id === proposal.serviceId) ?? services[0];
  const currency = first?.price.currency ?? "EUR";
  return [
    {
      name: "serviceId",
      label: t("studio.service"),
      type: "select",
      options: services.map(({ id, name }) => [id, name]),
      value: first?.id ?? "",
    },
    {
      name: "price",
      label: t("studio.pricePerSitting"),
      inputmode: "decimal",
      value: first ? amountValue(first.price.amount, currency) : "",
      hint: currency,
    },
    {
      name: "durationMinutes",
      label: t("studio.minutes"),
      type: "number",
      min: 5,
      max: 1440,
      value: String(first?.durationMinutes ?? 60),
    },
    {
      name: "message",
      label: t("proposals.message"),
      type: "textarea",
      maxlength: 2000,
      required: false,
    },
    {
      name: "expiresInHours",
      label: t("proposals.expires"),
      type: "select",
      value: "72",
      options: [24, 48, 72, 168].map((hours) => [
        String(hours),
        t("proposals.days", { count: hours / 24 }),
      ]),
    },
  ];
}

function planFields({ preferredWindows }: ProposalDraft): HTMLElement[] {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  return [
    h(
      "fieldset",
      {},
      h("legend", {}, t("proposals.dates")),
      h(
        "div",
        { class: "field-row" },
        fieldRow({
          name: "sittings",
          label: t("studio.sittings"),
          type: "number",
          min: 1,
          max: 12,
          value: "1",
        }),
        fieldRow({
          name: "startsOn",
          label: t("proposals.startsOn"),
          type: "date",
          value: preferredWindows[0]?.firstDate ?? tomorrow,
        }),
      ),
      fieldRow({
        name: "frequency",
        label: t("proposals.frequency"),
        type: "select",
        options: FREQUENCIES.map((each) => [each, t(`proposals.frequency_${each}`)]),
      }),
    ),
  ];
}

function readQuote(values: Record<string, string>, services: readonly ServiceView[]) {
  const service = services.find(({ id }) => id === values["serviceId"]);
  const currency = service?.price.currency ?? "EUR";
  return {
    serviceId: values["serviceId"] ?? "",
    price: { amount: parseAmount(values["price"] ?? "", currency), currency },
    durationMinutes: Number(values["durationMinutes"]),
  };
}
