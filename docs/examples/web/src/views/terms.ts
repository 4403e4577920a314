/** An artist's policies in words: in general, or with the dates and amounts of a booking. */

import type { PolicyVersion } from "../api/schema";
import { h } from "../dom";
import { duration, moment, money } from "../format";
import { t } from "../messages";

/** A booking that policies are said for. */
export interface Agreement {
  startsAt: string;
  /** Price in minor units of `currency`, of which fees are a share. */
  amount: number;
  currency: string;
}

/** A version with or, as records are bound to it, without its text. */
type Policy = Pick<PolicyVersion, "kind" | "rules"> & { text?: string };
type Rules = PolicyVersion["rules"];
type RulesOf<Type extends Rules["type"]> = Extract<Rules, { type: Type }>;
type Fee = RulesOf<"no_show">["fee"];
type Tier = RulesOf<"cancellation">["tiers"][number];

/** Amounts without a booking are those of this currency, or left out where there is none. */
interface Situation {
  agreement: Agreement | null;
  currency: string | null;
}

const HOUR = 3_600_000;
/** What matters most to a client comes first. */
const ORDER: readonly PolicyVersion["kind"][] = [
  "cancellation",
  "reschedule",
  "no_show",
  "late_arrival",
  "deposit",
  "design",
  "age",
  "image_rights",
  "consent",
];

/** Return policies in the order in which they matter to a client. */
export function inOrder<Given extends Policy>(policies: readonly Given[]): Given[] {
  return [...policies].sort(
    (first, second) => ORDER.indexOf(first.kind) - ORDER.indexOf(second.kind),
  );
}

/** Return the title of a policy: that of its kind, or of the consent form. */
export function policyTitle({ kind, rules }: Policy): string {
  return rules.type === "consent" ? rules.title : t(`terms.${kind}`);
}

/** Return what a policy means, in sentences; none where only its text says it. */
export function policyWords(
  { rules }: Pick<Policy, "rules">,
  agreement: Agreement | null,
  currency: string | null = agreement?.currency ?? null,
): string[] {
  const situation = { agreement, currency };
  switch (rules.type) {
    case "deposit":
      return depositWords(rules, situation);
    case "cancellation":
      return cancellationWords(rules, situation);
    case "reschedule":
      return rescheduleWords(rules, situation);
    case "no_show":
      return [t("terms.noShowFee", { fee: feeWords(rules.fee, situation) })];
    case "late_arrival":
      return lateWords(rules, situation);
    case "design":
      return designWords(rules, situation);
    case "age":
      return ageWords(rules);
    case "image_rights":
      return imageWords(rules);
    default:
      return [];
  }
}

/** Create the list of policies, each with what it means and, where it is known, its full text. */
export function policyList(
  policies: readonly Policy[],
  agreement: Agreement | null,
  currency: string | null = null,
): HTMLElement {
  const item = (policy: Policy): HTMLElement => {
    const words = policyWords(policy, agreement, currency ?? agreement?.currency ?? null);
    return h(
      "li",
      {},
      h("h3", {}, policyTitle(policy)),
      words.length > 0 ? h("p", {}, words.join(" ")) : null,
      policy.text
        ? h("details", {}, h("summary", {}, t("artist.fullText")), h("p", {}, policy.text))
        : null,
    );
  };
  return h("ul", { class: "policies" }, ...inOrder(policies).map(item));
}

/** Return the deposit of a price in minor units, rounded half up as the API does. */
export function feeAmount(fee: Fee, price: number): number {
  const amount = fee.type === "percent" ? Math.floor((price * fee.percent + 50) / 100) : fee.amount;
  return Math.min(amount, price);
}

function depositWords(rules: RulesOf<"deposit">, { agreement, currency }: Situation): string[] {
  const { deposit, refundableUntilHours } = rules;
  if (isFree(deposit)) return [t("terms.noDeposit")];
  const words = [
    t("terms.depositOf", { amount: feeWords(deposit, { agreement, currency }) }),
    t("terms.depositDue", { time: hours(rules.dueWithinHours ?? 48) }),
  ];
  if (rules.whenUnpaid !== "keep") words.push(t("terms.depositReleased"));
  return [...words, refundWords(refundableUntilHours, agreement)];
}

function refundWords(untilHours: number | null, agreement: Agreement | null): string {
  if (untilHours === null) return t("terms.depositAlwaysReturned");
  if (!agreement) return t("terms.depositReturnedBefore", { time: hours(untilHours) });
  const until = before(agreement, untilHours);
  if (Date.parse(until) <= Date.now()) return t("terms.depositKept");
  return t("terms.depositReturnedUntil", { moment: moment(until) });
}

function cancellationWords({ tiers }: RulesOf<"cancellation">, situation: Situation): string[] {
  return tiers.length > 0 ? tierWords(tiers, situation) : [t("terms.cancelFree")];
}

function rescheduleWords(rules: RulesOf<"reschedule">, situation: Situation): string[] {
  const words = rules.tiers.length > 0 ? tierWords(rules.tiers, situation) : [];
  const { freeCount, feeWhenUsedUp } = rules;
  if (typeof freeCount === "number" && feeWhenUsedUp) {
    const fee = feeWords(feeWhenUsedUp, situation);
    words.push(t("terms.moveCount", { count: freeCount, fee }));
  }
  return words.length > 0 ? words : [t("terms.moveFree")];
}

/** Say until when it is free and what it costs later; tiers go from the most hours to the fewest. */
function tierWords(tiers: readonly Tier[], situation: Situation): string[] {
  const { agreement } = situation;
  const paid = tiers.filter(({ fee }) => !isFree(fee));
  const [first, ...others] = paid;
  if (!first) return [t("terms.cancelFree")];
  const fee = feeWords(first.fee, situation);
  if (!agreement) {
    const free = t("terms.cancelFreeBefore", { time: hours(first.hoursBefore), fee });
    return [free, ...others.map((tier) => tierBefore(tier, situation))];
  }
  const from = (tier: Tier): string => before(agreement, tier.hoursBefore);
  const isAhead = (tier: Tier): boolean => Date.parse(from(tier)) > Date.now();
  const current = paid.findLast((tier) => !isAhead(tier));
  const now = current
    ? t("terms.tierNow", { fee: feeWords(current.fee, situation) })
    : t("terms.cancelFreeUntil", { moment: moment(from(first)), fee });
  const later = others.filter(isAhead).map((tier) => {
    const then = feeWords(tier.fee, situation);
    if (tier.hoursBefore === 0) return t("terms.tierAfter", { fee: then });
    return t("terms.tierFrom", { moment: moment(from(tier)), fee: then });
  });
  return [now, ...later];
}

function tierBefore({ hoursBefore, fee }: Tier, situation: Situation): string {
  const words = feeWords(fee, situation);
  if (hoursBefore === 0) return t("terms.tierAfter", { fee: words });
  return t("terms.tierBefore", { time: hours(hoursBefore), fee: words });
}

function lateWords(rules: RulesOf<"late_arrival">, situation: Situation): string[] {
  const minutes = duration(rules.graceMinutes);
  const words = [t("terms.lateFee", { minutes, fee: feeWords(rules.fee, situation) })];
  const lost = rules.cancelledAfterMinutes;
  if (typeof lost === "number") words.push(t("terms.lateCancelled", { minutes: duration(lost) }));
  return words;
}

function designWords(rules: RulesOf<"design">, situation: Situation): string[] {
  const words = [t("terms.revisions", { count: rules.includedRevisions })];
  const fee = rules.extraRevisionFee;
  if (fee) words.push(t("terms.revisionFee", { fee: feeWords(fee, situation) }));
  return words;
}

function ageWords({ minimumAge, guardianConsentFrom }: RulesOf<"age">): string[] {
  if (minimumAge === 0) return [];
  const words = [t("terms.ageFrom", { count: minimumAge })];
  if (typeof guardianConsentFrom === "number")
    words.push(t("terms.ageGuardian", { count: guardianConsentFrom }));
  return words;
}

function imageWords({ portfolio, socialMedia }: RulesOf<"image_rights">): string[] {
  if (!portfolio && !socialMedia) return [t("terms.imagesNot")];
  return [
    ...(portfolio ? [t("terms.imagesPortfolio")] : []),
    ...(socialMedia ? [t("terms.imagesSocial")] : []),
  ];
}

/** Say a fee: as an amount where the price is known. */
function feeWords(fee: Fee, { agreement, currency }: Situation): string {
  if (isFree(fee)) return t("terms.nothing");
  if (fee.type === "fixed") {
    const amount = agreement ? feeAmount(fee, agreement.amount) : fee.amount;
    return currency ? money({ amount, currency }) : String(amount / 100);
  }
  if (!agreement) return t("terms.percentOfPrice", { percent: fee.percent });
  const amount = money({
    amount: feeAmount(fee, agreement.amount),
    currency: agreement.currency,
  });
  return t("terms.amountPercent", { amount, percent: fee.percent });
}

function isFree(fee: Fee): boolean {
  return fee.type === "percent" ? fee.percent === 0 : fee.amount === 0;
}

function before({ startsAt }: Agreement, hoursBefore: number): string {
  return new Date(Date.parse(startsAt) - hoursBefore * HOUR).toISOString();
}

function hours(count: number): string {
  return count > 0 && count % 24 === 0 && count > 48
    ? t("terms.days", { count: count / 24 })
    : t("terms.hours", { count });
}
