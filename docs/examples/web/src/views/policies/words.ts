/** Policies in words: what a version's rules say, in the language of the user. */

import type { PolicyVersion, Terms } from "../../api/schema";
import { h } from "../../dom";
import { money } from "../../format";
import { t } from "../../messages";

type Rules = Terms["rules"];
type Rule<Type extends Rules["type"]> = Extract<Rules, { type: Type }>;
type Fee = Rule<"no_show">["fee"];

const HOURS_OF_DAYS = 48; // from here on a time is said in days

/** Return what each clause of the rules says; amounts are in `currency`. */
export function ruleTexts(rules: Rules, currency: string): string[] {
  switch (rules.type) {
    case "deposit":
      return deposit(rules, currency);
    case "cancellation":
      return tiers(rules.tiers, currency);
    case "reschedule":
      return reschedule(rules, currency);
    case "no_show":
      return [t("policies.noShow", { fee: feeText(rules.fee, currency) })];
    case "late_arrival":
      return lateArrival(rules, currency);
    case "design":
      return design(rules, currency);
    case "age":
      return age(rules);
    case "image_rights":
      return imageRights(rules);
    case "consent":
      return [rules.title];
  }
}

/** Create the list of policies in words, a heading and its clauses each. */
export function policyList(
  versions: readonly (Pick<Terms, "kind" | "rules"> & Partial<Pick<PolicyVersion, "text">>)[],
  currency: string,
): HTMLElement {
  const items = versions.map(({ kind, rules, text }) =>
    h(
      "li",
      {},
      h("strong", {}, t(`policies.kind_${kind}`)),
      ...ruleTexts(rules, currency).map((each) => h("p", {}, each)),
      text ? h("p", { class: "muted pre" }, text) : null,
    ),
  );
  return h("ul", { class: "policy-list" }, ...items);
}

/** Return a fee in words: `50 % of the price` or `€40`. */
export function feeText(fee: Fee, currency: string): string {
  return fee.type === "percent"
    ? t("policies.percentOfPrice", { percent: fee.percent })
    : money({ amount: fee.amount, currency });
}

/** Return hours in words: `36 hours`, or `3 days` from two days on. */
export function hoursText(hours: number): string {
  return hours >= HOURS_OF_DAYS && hours % 24 === 0
    ? t("policies.days", { count: hours / 24 })
    : t("policies.hours", { count: hours });
}

function deposit(rules: Rule<"deposit">, currency: string): string[] {
  const texts = [t("policies.deposit", { fee: feeText(rules.deposit, currency) })];
  const hours = rules.refundableUntilHours;
  if (hours === null) texts.push(t("policies.depositAlwaysReturned"));
  else texts.push(t("policies.depositReturned", { time: hoursText(hours) }));
  if (rules.dueWithinHours)
    texts.push(t("policies.depositDue", { time: hoursText(rules.dueWithinHours) }));
  if (rules.dueWithinHours && rules.whenUnpaid !== "keep") texts.push(t("policies.depositRelease"));
  return texts;
}

function tiers(steps: Rule<"cancellation">["tiers"], currency: string): string[] {
  const [first] = steps;
  if (!first) return [t("policies.alwaysFree")];
  return [
    t("policies.freeUntil", { time: hoursText(first.hoursBefore) }),
    ...steps.map(({ hoursBefore, fee }) =>
      hoursBefore === 0
        ? t("policies.tierAfterStart", { fee: feeText(fee, currency) })
        : t("policies.tier", { time: hoursText(hoursBefore), fee: feeText(fee, currency) }),
    ),
  ];
}

function reschedule(rules: Rule<"reschedule">, currency: string): string[] {
  const texts = tiers(rules.tiers, currency);
  const { freeCount, feeWhenUsedUp } = rules;
  if (freeCount != null && feeWhenUsedUp)
    texts.push(
      t("policies.freeMoves", { count: freeCount, fee: feeText(feeWhenUsedUp, currency) }),
    );
  return texts;
}

function lateArrival(rules: Rule<"late_arrival">, currency: string): string[] {
  const { graceMinutes, fee, cancelledAfterMinutes } = rules;
  const texts = [t("policies.late", { minutes: graceMinutes, fee: feeText(fee, currency) })];
  if (cancelledAfterMinutes != null)
    texts.push(t("policies.tooLate", { minutes: cancelledAfterMinutes }));
  return texts;
}

function design(rules: Rule<"design">, currency: string): string[] {
  const { includedRevisions, extraRevisionFee } = rules;
  const texts = [t("policies.revisions", { count: includedRevisions })];
  if (extraRevisionFee)
    texts.push(t("policies.extraRevision", { fee: feeText(extraRevisionFee, currency) }));
  return texts;
}

function age({ minimumAge, guardianConsentFrom }: Rule<"age">): string[] {
  const texts = [t("policies.age", { age: minimumAge })];
  if (guardianConsentFrom != null) texts.push(t("policies.guardian", { age: guardianConsentFrom }));
  return texts;
}

function imageRights({ portfolio, socialMedia }: Rule<"image_rights">): string[] {
  const places = [
    portfolio && t("policies.imagesPortfolio"),
    socialMedia && t("policies.imagesSocialMedia"),
  ].filter((each) => each !== false);
  return places.length > 0 ? places : [t("policies.imagesNowhere")];
}
