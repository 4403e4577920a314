import { api } from "../../api/client";
import type {
  AgeConfirmation,
  PolicyVersion,
  PricePreview,
  ProposalView,
  ProposedSitting,
} from "../../api/schema";
import { type Child, fill, h, on } from "../../dom";
import { clock, moment, money, zoneName } from "../../format";
import { type Field, fieldRow, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { type Page, type Visit, go } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/consultations.css";
import { backLink, describe, requireSession } from "../parts";
import { personRow } from "../people";
import { loadedSection } from "../screen";
import { policyList } from "../terms";
import { writeButton } from "../write-button";

interface Shown {
  item: ProposalView;
  /** The texts of its policies, which are the exact versions that are agreed on. */
  policies: PolicyVersion[];
}

/** The page of a proposal: its dates, price and policies; the client signs and accepts it here. */
export const proposal = requireSession(({ path, signal }: Visit): Page => {
  const { id = "" } = path;
  const shown = loadedSection<Shown>({
    key: `my/proposal/${id}`,
    load: () => load(id, signal),
    render: (value) => parts(value, () => void shown.reload()),
    heading: t("proposals.one"),
    signal,
  });
  const content = h(
    "section",
    { class: "narrow visit" },
    backLink("/consultations", t("consultations.titleAll")),
    shown.element,
  );
  return { title: t("proposals.one"), content };
});

async function load(id: string, signal: AbortSignal): Promise<Shown> {
  const item = await api("get", "/v1/appointments/proposals/{id}", { path: { id }, signal });
  const policies = await Promise.all(
    item.policies.map(({ versionId }) =>
      api("get", "/v1/policies/versions/{id}", { path: { id: versionId }, signal }),
    ),
  );
  return { item, policies };
}

function parts({ item, policies }: Shown, changed: () => void): Child[] {
  const isArtist = getCurrentUser()?.id === item.artistId;
  const other = isArtist ? item.clientId : item.artistId;
  const isOpen = item.status === "sent" && Date.parse(item.expiresAt) > Date.now();
  const first = item.sittings[0];
  return [
    h(
      "header",
      { class: "visit-head" },
      h("p", { class: `status ${item.status}` }, t(`proposals.status_${item.status}`)),
      h("h1", {}, item.service.name),
    ),
    h("div", { class: "visit-who" }, personRow(other, ""), writeButton(other, isArtist)),
    item.message ? h("p", { class: "pre" }, item.message) : null,
    isOpen
      ? h("p", { class: "notice" }, t("proposals.until", { moment: moment(item.expiresAt) }))
      : null,
    h("ol", { class: "sittings" }, ...item.sittings.map((each) => h("li", {}, sitting(each)))),
    prices(item.total, item.deposit),
    policies.length > 0
      ? h(
          "section",
          { class: "block" },
          h("h2", {}, t("proposals.policies")),
          policyList(
            policies,
            first
              ? {
                  startsAt: first.startsAt,
                  amount: item.price.amount,
                  currency: item.price.currency,
                }
              : null,
          ),
        )
      : null,
    item.appointmentIds.length > 0
      ? h(
          "div",
          { class: "actions" },
          ...item.appointmentIds.map((id, index) =>
            h(
              "a",
              { class: "button secondary", href: `/appointments/${id}` },
              t("proposals.sitting", { sitting: index + 1 }),
            ),
          ),
        )
      : null,
    isOpen && !isArtist ? answer(item, policies, changed) : null,
    isOpen && isArtist ? withdraw(item, changed) : null,
  ];
}

function sitting({ startsAt, location, timeZone, price }: ProposedSitting): HTMLElement {
  const theirs = clock(startsAt, timeZone);
  const differs = theirs !== clock(startsAt);
  return h(
    "div",
    { class: "sitting" },
    h("strong", {}, moment(startsAt)),
    differs
      ? h(
          "span",
          { class: "muted" },
          t("appointments.localTime", { time: theirs, zone: zoneName(timeZone) }),
        )
      : null,
    h("span", { class: "muted" }, [location, money(price)].filter(Boolean).join(" · ")),
  );
}

function prices(
  total: ProposalView["total"],
  deposit: ProposalView["deposit"],
  preview: PricePreview | null = null,
): HTMLElement {
  const rows: [string, string][] = [
    ...(preview && preview.discount.amount > 0
      ? ([
          [t("proposals.listPrice"), money(preview.listPrice)],
          [preview.voucher ?? t("proposals.discount"), `−${money(preview.discount)}`],
        ] satisfies [string, string][])
      : []),
    [t("proposals.total"), money(preview?.total ?? total)],
  ];
  const asked = preview ? preview.deposit : deposit;
  if (asked) rows.push([t("appointments.deposit"), money(asked)]);
  return h(
    "dl",
    { class: "descriptions" },
    ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, h("strong", {}, value))]),
  );
}

function answer(item: ProposalView, policies: PolicyVersion[], changed: () => void): HTMLElement {
  const path = { id: item.id };
  const age = item.policies.find(({ rules }) => rules.type === "age" && rules.minimumAge > 0);
  const price = h("div", { role: "status" });
  const voucher: Field = {
    name: "voucher",
    label: t("proposals.voucher"),
    required: false,
    maxlength: 64,
    autocomplete: "off",
  };
  const signature: Field = {
    name: "signature",
    label: t("proposals.signature"),
    hint: t("proposals.signatureHint"),
    autocomplete: "name",
    maxlength: 200,
  };
  const request = (values: Record<string, string>) => ({
    ...(values["voucher"] ? { voucherCode: values["voucher"] } : {}),
    ...(age && values["age"]
      ? {
          ageConfirmation: { versionId: age.versionId, basis: values["age"] } as AgeConfirmation,
        }
      : {}),
  });
  const accept = async (values: Record<string, string>): Promise<void> => {
    // The versions are signed first: whoever accepts the dates has agreed to them.
    for (const { versionId, textHash } of policies) {
      const body = { textHash, signature: values["signature"] ?? "" };
      await api("post", "/v1/policies/{id}/acceptances", { path: { id: versionId }, body });
    }
    const accepted = await api("post", "/v1/appointments/proposals/{id}/accept", {
      path,
      body: request(values),
    });
    toast(t("proposals.accepted"));
    const [first] = accepted.appointmentIds;
    if (first) go(`/appointments/${first}`);
    else changed();
  };
  const element = form(
    policies.length > 0 ? [voucher, signature] : [voucher],
    t("proposals.accept"),
    accept,
    ...(age ? [ageField(age.rules)] : []),
    price,
  );
  const look = async (): Promise<void> => {
    const values = Object.fromEntries(
      [...new FormData(element)].map(([name, value]) => [name, String(value)]),
    );
    try {
      const body = request(values);
      const found = await api("post", "/v1/appointments/proposals/{id}/preview", { path, body });
      fill(price, prices(item.total, item.deposit, found));
    } catch (error) {
      fill(price, h("p", { class: "failure" }, describe(error)));
    }
  };
  on(element.querySelector<HTMLInputElement>("[name=voucher]")!, { change: () => void look() });
  const decline = on(h("button", { class: "quiet" }, t("proposals.decline")), {
    click: () =>
      void act(() => api("post", "/v1/appointments/proposals/{id}/decline", { path }), changed),
  });
  return h(
    "section",
    { class: "block" },
    h("h2", {}, t("proposals.answer")),
    element,
    h("div", { class: "actions" }, decline),
  );
}

function ageField(rules: PolicyVersion["rules"]): HTMLElement {
  const [adult, guardian] =
    rules.type === "age" ? [rules.minimumAge, rules.guardianConsentFrom ?? null] : [18, null];
  return fieldRow({
    name: "age",
    label: t("consultations.age"),
    type: "select",
    options: [
      ["", "–"],
      ["of_age", t("consultations.ofAge", { age: adult })],
      ...(guardian === null
        ? []
        : [["guardian_consents", t("consultations.guardian", { age: guardian })] as const]),
    ],
  });
}

function withdraw({ id }: ProposalView, changed: () => void): HTMLElement {
  const button = h("button", { class: "secondary" }, t("proposals.withdraw"));
  const path = { id };
  on(button, {
    click: () =>
      void act(() => api("post", "/v1/appointments/proposals/{id}/withdraw", { path }), changed),
  });
  return h("div", { class: "actions" }, button);
}

async function act(request: () => Promise<unknown>, changed: () => void): Promise<void> {
  try {
    await request();
    changed();
  } catch (error) {
    toast(describe(error));
  }
}
