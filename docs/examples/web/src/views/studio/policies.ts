import type { PolicyVersion } from "../../api/schema";
import { h } from "../../dom";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/studio.css";
import { loadPolicies } from "../artist/policies";
import { backLink, requireArtist } from "../parts";
import { loadedSection } from "../screen";
import { inOrder, policyTitle, policyWords } from "../terms";
import { currencyOfStudio } from "./services";

interface Shown {
  policies: PolicyVersion[];
  currency: string;
}

/** The policies of the studio in words, each with the way to change it. */
export const policies = requireArtist(({ signal }: Visit): Page => {
  const list = loadedSection<Shown>({
    key: "my/studio/policies",
    load: async () => {
      const artistId = getCurrentUser()?.id ?? "";
      const [found, currency] = await Promise.all([
        loadPolicies({ artistId }, signal),
        currencyOfStudio(signal),
      ]);
      return { policies: found, currency };
    },
    render: ({ policies: items, currency }) => [
      h("ul", { class: "rows" }, ...inOrder(items).map((item) => h("li", {}, row(item, currency)))),
    ],
    signal,
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.policies")),
    h("p", { class: "muted" }, t("studio.policiesText")),
    list.element,
  );
  return { title: t("studio.policies"), content };
});

function row(policy: PolicyVersion, currency: string): HTMLElement {
  const canChange = policy.rules.type !== "consent";
  const label = `${t("common.edit")}: ${policyTitle(policy)}`;
  const change = h(
    "a",
    { class: "button secondary", href: `/studio/policies/${policy.kind}`, "aria-label": label },
    t("common.edit"),
  );
  return h(
    "div",
    { class: "setting-row" },
    h(
      "div",
      {},
      h("h2", {}, policyTitle(policy)),
      ...policyWords(policy, null, currency).map((words) => h("p", { class: "muted" }, words)),
    ),
    canChange ? change : null,
  );
}
