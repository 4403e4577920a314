import { api } from "../../api/client";
import type { PolicyVersion, ServiceView } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { moment, money } from "../../format";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { type Page, type Visit, go } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/studio.css";
import { loadPolicies } from "../artist/policies";
import { backLink, notFoundPage, requireArtist } from "../parts";
import { loadedSection } from "../screen";
import { policyTitle, policyWords } from "../terms";
import { type EditedKind, isEditedKind, readRules, ruleFields } from "./policy-rules";

const EXAMPLE_DAYS = 14;
const DAY_MILLISECONDS = 86_400_000;

interface Edited {
  policy: PolicyVersion;
  service: ServiceView | null;
}

/** The page that changes a policy, with what it would mean for a booking. */
export const policy = requireArtist(({ path, signal }: Visit): Page => {
  const { kind = "" } = path;
  if (!isEditedKind(kind)) return notFoundPage();
  const shown = loadedSection<Edited>({
    key: `my/studio/policy/${kind}`,
    load: () => load(kind, signal),
    render: (value) => [editor(kind, value)],
    signal,
  });
  const title = t(`terms.${kind}`);
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/policies", t("studio.policies")),
    h("h1", {}, title),
    shown.element,
  );
  return { title, content };
});

async function load(kind: EditedKind, signal: AbortSignal): Promise<Edited> {
  const artistId = getCurrentUser()?.id ?? "";
  const [found, services] = await Promise.all([
    loadPolicies({ artistId }, signal),
    api("get", "/v1/appointments/services", { query: { artistId }, signal }),
  ]);
  const current = found.find((each) => each.kind === kind);
  if (!current) throw new Error(t("common.notFound"));
  return { policy: current, service: services.items[0] ?? null };
}

function editor(kind: EditedKind, { policy: current, service }: Edited): HTMLElement {
  const currency = service?.price.currency ?? "EUR";
  const preview = h("div", { class: "panel", role: "status" });
  const text = {
    name: "text",
    label: t("studio.policyText"),
    hint: t("studio.policyTextHint"),
    type: "textarea",
    rows: 6,
    maxlength: 20000,
    value: current.text,
  };
  const element = form(
    [...ruleFields(kind, current.rules, currency), text],
    t("studio.publish"),
    async (values) => {
      const body = { text: values["text"] ?? "", rules: readRules(kind, values, currency) };
      const path = { kind };
      const draft = await api("put", "/v1/policies/drafts/{kind}", { path, body });
      const publish = { version: draft.version };
      await api("post", "/v1/policies/drafts/{kind}/publish", { path, body: publish });
      toast(t("studio.published"));
      go("/studio/policies");
    },
    preview,
  );
  const show = (): void => {
    const values = Object.fromEntries(
      [...new FormData(element)].map(([name, value]) => [name, String(value)]),
    );
    fill(preview, ...example(kind, values, current, service, currency));
  };
  on(element, { input: show, change: show });
  show();
  return h("div", { class: "stack" }, h("p", { class: "muted" }, t("studio.policyKept")), element);
}

/** Return what the rules would mean for a booking of the first service in two weeks. */
function example(
  kind: EditedKind,
  values: Record<string, string>,
  current: PolicyVersion,
  service: ServiceView | null,
  currency: string,
): HTMLElement[] {
  const startsAt = new Date(Date.now() + EXAMPLE_DAYS * DAY_MILLISECONDS);
  startsAt.setMinutes(0, 0, 0);
  const agreement = service
    ? { startsAt: startsAt.toISOString(), amount: service.price.amount, currency }
    : null;
  let words: string[];
  try {
    const rules = readRules(kind, values, currency);
    words = policyWords({ rules }, agreement, currency);
  } catch {
    return [h("p", { class: "muted" }, t("studio.policyIncomplete"))];
  }
  const title = service
    ? t("studio.policyExample", {
        service: service.name,
        price: money(service.price),
        moment: moment(startsAt.toISOString()),
      })
    : policyTitle(current);
  return [
    h("h2", {}, t("studio.policyMeans")),
    h("p", { class: "muted" }, title),
    ...words.map((each) => h("p", {}, each)),
  ];
}
