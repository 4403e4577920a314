/** The dialog that adds a question to the intake form, or changes one. */

import type { IntakeQuestion } from "../../api/schema";
import { h } from "../../dom";
import { type Field, form } from "../../forms";
import { t } from "../../messages";
import { openDialog } from "../dialog";
import { answerWords } from "./intake";

const TYPES = ["text", "long_text", "choice", "multiple", "yes_no", "number", "date"] as const;
const LONGEST_KEY = 36;

interface Others {
  /** Questions that come before, on whose answers this one may depend. */
  earlier: readonly IntakeQuestion[];
  /** Keys that are taken. */
  keys: readonly string[];
}

/** Open the dialog of a question, or of a new one. */
export function openQuestion(
  question: IntakeQuestion | null,
  others: Others,
  done: (question: IntakeQuestion) => void,
): void {
  const title = question ? t("intake.edit", { name: question.label }) : t("intake.add");
  const conditions = listConditions(question, others.earlier);
  const take = async (values: Record<string, string>): Promise<void> => {
    done(readQuestion(values, question, others.keys, conditions));
    dialog.close();
  };
  const editor = form(fieldsOf(question, conditions), t("intake.take"), take);
  const dialog = openDialog(title, h("h2", {}, title), editor);
}

type Condition = NonNullable<IntakeQuestion["shownIf"]>;

/** Return the conditions that can be chosen, each with its words; the present one included. */
function listConditions(
  question: IntakeQuestion | null,
  earlier: readonly IntakeQuestion[],
): [Condition, string][] {
  const words = ({ question: key, oneOf }: Condition): string => {
    const label = earlier.find((each) => each.key === key)?.label ?? key;
    return t("intake.ifAnswer", { question: label, answer: oneOf.map(answerWords).join(", ") });
  };
  const single = earlier.flatMap(({ key, type, options = [] }): Condition[] => {
    const answers = type === "yes_no" ? [true, false] : options;
    return answers.map((answer) => ({ question: key, oneOf: [answer] }));
  });
  const present = question?.shownIf;
  const isListed = single.some((each) => JSON.stringify(each) === JSON.stringify(present));
  const all = present && !isListed ? [present, ...single] : single;
  return all.map((each) => [each, words(each)]);
}

function fieldsOf(
  question: IntakeQuestion | null,
  conditions: readonly [Condition, string][],
): Field[] {
  const present = JSON.stringify(question?.shownIf ?? null);
  const chosen = conditions.findIndex(([each]) => JSON.stringify(each) === present);
  const bound = { type: "number", step: "any", required: false };
  return [
    { name: "label", label: t("intake.label"), maxlength: 200, value: question?.label ?? "" },
    {
      name: "help",
      label: t("intake.help"),
      maxlength: 500,
      required: false,
      value: question?.help ?? "",
    },
    {
      name: "type",
      label: t("intake.type"),
      type: "select",
      options: TYPES.map((type) => [type, t(`intake.type_${type}`)] as const),
      value: question?.type ?? "text",
    },
    {
      name: "options",
      label: t("intake.options"),
      hint: t("intake.optionsHint"),
      type: "textarea",
      required: false,
      value: (question?.options ?? []).join("\n"),
    },
    { ...bound, name: "minimum", label: t("intake.minimum"), value: text(question?.minimum) },
    { ...bound, name: "maximum", label: t("intake.maximum"), value: text(question?.maximum) },
    {
      name: "required",
      label: t("intake.required"),
      type: "checkbox",
      checked: question?.required ?? false,
    },
    {
      name: "condition",
      label: t("intake.onlyIf"),
      type: "select",
      required: false,
      options: [
        ["", t("intake.always")],
        ...conditions.map(([, words], index) => [String(index), words] as const),
      ],
      value: chosen >= 0 ? String(chosen) : "",
    },
  ];
}

function readQuestion(
  values: Record<string, string>,
  before: IntakeQuestion | null,
  keys: readonly string[],
  conditions: readonly [Condition, string][],
): IntakeQuestion {
  const type = TYPES.find((each) => each === values["type"]) ?? "text";
  const label = (values["label"] ?? "").trim();
  const isChoice = type === "choice" || type === "multiple";
  const lines = (values["options"] ?? "").split("\n").map((each) => each.trim());
  const bound = (name: string): number | null =>
    type === "number" && values[name] ? Number(values[name]) : null;
  const condition = values["condition"] ? conditions[Number(values["condition"])] : undefined;
  return {
    key: before?.key ?? newKey(label, keys),
    type,
    label,
    help: (values["help"] ?? "").trim(),
    required: "required" in values,
    options: isChoice ? lines.filter(Boolean) : [],
    minimum: bound("minimum"),
    maximum: bound("maximum"),
    shownIf: condition?.[0] ?? null,
  };
}

/** Return a key for a question, made of its words, that no other has. */
function newKey(label: string, keys: readonly string[]): string {
  const words = label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .slice(0, LONGEST_KEY)
    .replace(/_$/, "");
  const base = words || "question";
  let key = base;
  for (let number = 2; keys.includes(key); number++) key = `${base}_${number}`;
  return key;
}

function text(value: number | null | undefined): string {
  return typeof value === "number" ? String(value) : "";
}
