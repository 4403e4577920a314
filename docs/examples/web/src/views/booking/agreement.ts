/** What a booking costs and what is agreed on with it. */

import type { Money, PolicyVersion, PricePreview } from "../../api/schema";
import { type Agreement, feeAmount, inOrder } from "../terms";
import type { Offer } from "./choice";

type DepositRules = Extract<PolicyVersion["rules"], { type: "deposit" }>;

/** Prices of a booking: those of the service, until the API has confirmed them. */
export interface Prices {
  listPrice: Money;
  discount: Money | null;
  voucher: string | null;
  total: Money;
  deposit: Money | null;
}

/** Return the prices as the service states them. */
export function statedPrices(offer: Offer): Prices {
  const { total } = offer.service;
  return {
    listPrice: total,
    discount: null,
    voucher: null,
    total,
    deposit: statedDeposit(offer, total),
  };
}

/** Return the prices as the API confirmed them. */
export function confirmedPrices(preview: PricePreview): Prices {
  const { listPrice, discount, voucher, total, deposit } = preview;
  return { listPrice, discount: discount.amount > 0 ? discount : null, voucher, total, deposit };
}

/** Return the age policy that asks for a confirmation; null where none does. */
export function agePolicy({ policies }: Offer) {
  for (const { versionId, rules } of policies) {
    if (rules.type === "age" && rules.minimumAge > 0) return { versionId, rules };
  }
  return null;
}

/** Return the policies that a booking binds, the deposit as the service asks for it. */
export function boundPolicies({ policies, service }: Offer): PolicyVersion[] {
  const bound = inOrder(policies).filter(({ rules }) => rules.type !== "consent");
  const { deposit } = service;
  if (!deposit) return bound.filter(({ rules }) => rules.type !== "deposit");
  if (deposit.type === "by_policy") return bound;
  const refundableUntilHours = service.depositRefundableUntilHours ?? null;
  return bound.map((policy) =>
    policy.rules.type === "deposit"
      ? { ...policy, rules: { ...policy.rules, deposit, refundableUntilHours } }
      : policy,
  );
}

/** Return what a policy is said for: fees are of one sitting, the deposit of all. */
export function agreementOf(
  policy: PolicyVersion,
  offer: Offer,
  startsAt: string,
  prices: Prices,
): Agreement {
  const { amount, currency } = prices.total;
  const ofOne = Math.round(amount / offer.service.sittings);
  return { startsAt, amount: policy.rules.type === "deposit" ? amount : ofOne, currency };
}

function statedDeposit({ service, policies }: Offer, { amount, currency }: Money): Money | null {
  const asked = service.deposit;
  if (!asked) return null;
  const byPolicy = policies
    .map(({ rules }) => rules)
    .find((rules): rules is DepositRules => rules.type === "deposit");
  const fee = asked.type === "by_policy" ? byPolicy?.deposit : asked;
  const deposit = fee ? feeAmount(fee, amount) : 0;
  return deposit > 0 ? { amount: deposit, currency } : null;
}
