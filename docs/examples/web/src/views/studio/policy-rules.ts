/** Rules of policies as fields of a form, and back. */

import type { PolicyVersion } from "../../api/schema";
import type { Field } from "../../forms";
import { type TextKey, t } from "../../messages";
import { amountValue, parseAmount } from "../../money";

type Rules = PolicyVersion["rules"];
export type EditedKind = Exclude<PolicyVersion["kind"], "consent">;
type RulesOf<Kind extends Rules["type"]> = Extract<Rules, { type: Kind }>;
type Fee = RulesOf<"no_show">["fee"];
type Tiers = RulesOf<"cancellation">["tiers"];
type Values = Record<string, string>;

const KINDS: readonly string[] = [
  "age",
  "cancellation",
  "deposit",
  "design",
  "image_rights",
  "late_arrival",
  "no_show",
  "reschedule",
] satisfies EditedKind[];
const SHOWN_TIERS = 3;

/** Return whether this is a kind of policy that the form edits. */
export function isEditedKind(kind: string): kind is EditedKind {
  return KINDS.includes(kind);
}

/** Return the fields of the rules of a kind; amounts are in `currency`. */
export function ruleFields(kind: EditedKind, rules: Rules, currency: string): Field[] {
  switch (kind) {
    case "deposit": {
      const { deposit, refundableUntilHours, dueWithinHours, whenUnpaid } =
        rules as RulesOf<"deposit">;
      return [
        fee("fee", "studio.depositAmount", deposit, currency),
        hours("refundable", "studio.refundable", refundableUntilHours),
        hours("due", "studio.dueWithin", dueWithinHours ?? null),
        {
          name: "whenUnpaid",
          label: t("studio.whenUnpaid"),
          type: "select",
          options: [
            ["release", t("studio.unpaid_release")],
            ["keep", t("studio.unpaid_keep")],
          ],
          value: whenUnpaid ?? "release",
        },
      ];
    }
    case "cancellation":
      return tierFields((rules as RulesOf<"cancellation">).tiers, currency);
    case "reschedule": {
      const { tiers, freeCount, feeWhenUsedUp } = rules as RulesOf<"reschedule">;
      return [
        ...tierFields(tiers, currency),
        count("freeCount", "studio.freeMoves", freeCount ?? null, 1000),
        { ...fee("usedUp", "studio.feeUsedUp", feeWhenUsedUp ?? null, currency), required: false },
      ];
    }
    case "no_show":
      return [fee("fee", "studio.fee", (rules as RulesOf<"no_show">).fee, currency)];
    case "late_arrival": {
      const { graceMinutes, fee: cost, cancelledAfterMinutes } = rules as RulesOf<"late_arrival">;
      return [
        { ...count("grace", "studio.graceMinutes", graceMinutes, 1440), required: true },
        fee("fee", "studio.fee", cost, currency),
        count("cancelledAfter", "studio.cancelledAfter", cancelledAfterMinutes ?? null, 1440),
      ];
    }
    case "design": {
      const { includedRevisions, extraRevisionFee } = rules as RulesOf<"design">;
      return [
        { ...count("revisions", "studio.revisions", includedRevisions, 1000), required: true },
        {
          ...fee("extra", "studio.extraRevision", extraRevisionFee ?? null, currency),
          required: false,
        },
      ];
    }
    case "age": {
      const { minimumAge, guardianConsentFrom } = rules as RulesOf<"age">;
      return [
        { ...count("minimumAge", "studio.minimumAge", minimumAge, 120), required: true },
        count("guardian", "studio.guardianFrom", guardianConsentFrom ?? null, 120),
      ];
    }
    case "image_rights": {
      const { portfolio, socialMedia } = rules as RulesOf<"image_rights">;
      return [
        checkbox("portfolio", "terms.imagesPortfolio", portfolio),
        checkbox("socialMedia", "terms.imagesSocial", socialMedia),
      ];
    }
  }
}

/** Return the rules of a filled form. Throws a RangeError where an amount is none. */
export function readRules(kind: EditedKind, values: Values, currency: string): Rules {
  const whole = (name: string): number | null => (values[name] ? Number(values[name]) : null);
  const cost = (name: string): Fee => readFee(values[name] ?? "", currency);
  const costOrNull = (name: string): Fee | null => (values[name] ? cost(name) : null);
  switch (kind) {
    case "deposit":
      return {
        type: kind,
        deposit: cost("fee"),
        refundableUntilHours: whole("refundable"),
        dueWithinHours: whole("due"),
        whenUnpaid: values["whenUnpaid"] === "keep" ? "keep" : "release",
      };
    case "cancellation":
      return { type: kind, tiers: readTiers(values, currency) };
    case "reschedule": {
      const [freeCount, feeWhenUsedUp] = [whole("freeCount"), costOrNull("usedUp")];
      return { type: kind, tiers: readTiers(values, currency), freeCount, feeWhenUsedUp };
    }
    case "no_show":
      return { type: kind, fee: cost("fee") };
    case "late_arrival":
      return {
        type: kind,
        graceMinutes: whole("grace") ?? 0,
        fee: cost("fee"),
        cancelledAfterMinutes: whole("cancelledAfter"),
      };
    case "design":
      return {
        type: kind,
        includedRevisions: whole("revisions") ?? 0,
        extraRevisionFee: costOrNull("extra"),
      };
    case "age":
      return {
        type: kind,
        minimumAge: whole("minimumAge") ?? 0,
        guardianConsentFrom: whole("guardian"),
      };
    case "image_rights":
      return {
        type: kind,
        portfolio: values["portfolio"] === "true",
        socialMedia: values["socialMedia"] === "true",
      };
  }
}

/** Return a fee as typed: `25 %`, or an amount such as `40`. */
function readFee(text: string, currency: string): Fee {
  const share = /^(\d{1,3})\s*%$/.exec(text.trim());
  if (share) return { type: "percent", percent: Number(share[1]) };
  return { type: "fixed", amount: parseAmount(text, currency) };
}

function fee(name: string, label: TextKey, value: Fee | null, currency: string): Field {
  const typed =
    value === null
      ? ""
      : value.type === "percent"
        ? `${value.percent} %`
        : amountValue(value.amount, currency);
  return {
    name,
    label: t(label),
    hint: t("studio.feeHint", { currency }),
    pattern: "[0-9]{1,3} ?%|[0-9]+([.,][0-9]{1,2})?",
    value: typed,
  };
}

function hours(name: string, label: TextKey, value: number | null): Field {
  return { ...count(name, label, value, 8784), hint: t("studio.hoursHint") };
}

function count(name: string, label: TextKey, value: number | null, max: number): Field {
  return {
    name,
    label: t(label),
    type: "number",
    inputmode: "numeric",
    min: 0,
    max,
    required: false,
    value: value === null ? "" : String(value),
  };
}

function checkbox(name: string, label: TextKey, checked: boolean): Field {
  return { name, label: t(label), type: "checkbox", required: false, checked };
}

function tierFields(tiers: Tiers, currency: string): Field[] {
  const shown = Math.max(SHOWN_TIERS, tiers.length);
  return Array.from({ length: shown }, (_, index) => {
    const tier = tiers[index] ?? null;
    const number = index + 1;
    return [
      {
        ...count(`hours${number}`, "studio.tierHours", tier?.hoursBefore ?? null, 8784),
        label: t("studio.tierHours", { number }),
      },
      {
        ...fee(`fee${number}`, "studio.tierFee", tier?.fee ?? null, currency),
        label: t("studio.tierFee", { number }),
        required: false,
      },
    ];
  }).flat();
}

function readTiers(values: Values, currency: string): Tiers {
  const tiers: Tiers = [];
  for (let number = 1; values[`hours${number}`] !== undefined; number += 1) {
    const [time, cost] = [values[`hours${number}`], values[`fee${number}`]];
    if (time && cost) tiers.push({ hoursBefore: Number(time), fee: readFee(cost, currency) });
  }
  return tiers.sort((first, second) => second.hoursBefore - first.hoursBefore);
}
