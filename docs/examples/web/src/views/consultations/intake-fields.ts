/** The fields of an artist's intake form, which are shown as the answers before them ask for. */

import type { IntakeAnswersRequest, IntakeQuestion, IntakeView } from "../../api/schema";
import { h, on } from "../../dom";
import { fieldRow } from "../../forms";
import { t } from "../../messages";

type Answer = IntakeAnswersRequest["answers"][string];

export interface IntakeFields {
  element: HTMLElement;
  /** Return the answers to the questions that are shown; null where the artist asks none. */
  read: () => IntakeAnswersRequest | null;
}

/** Create the fields of a form. */
export function intakeFields({ version, questions }: IntakeView): IntakeFields {
  const fields = questions.map((question) => ({ question, row: field(question) }));
  const read = (): Record<string, Answer> => {
    const answers: Record<string, Answer> = {};
    for (const { question, row } of fields) {
      const answer = isShown(question, answers) ? answerOf(question, row) : null;
      if (answer !== null) answers[question.key] = answer;
    }
    return answers;
  };
  const update = (): void => {
    const answers = read();
    for (const { question, row } of fields) {
      row.hidden = !isShown(question, answers);
      // What is hidden must not keep the form from being sent.
      for (const input of row.querySelectorAll("input, select, textarea"))
        (input as HTMLInputElement).disabled = row.hidden;
    }
  };
  const element = h("div", { class: "stack" }, ...fields.map(({ row }) => row));
  on(element, { input: update, change: update });
  update();
  return { element, read: () => (questions.length > 0 ? { version, answers: read() } : null) };
}

function isShown({ shownIf }: IntakeQuestion, answers: Record<string, Answer>): boolean {
  if (!shownIf) return true;
  const answer = answers[shownIf.question];
  const given = Array.isArray(answer) ? answer : [answer];
  return given.some((each) => (shownIf.oneOf as unknown[]).includes(each));
}

function name({ key }: IntakeQuestion): string {
  return `intake.answers.${key}`;
}

function field(question: IntakeQuestion): HTMLElement {
  const { type, label, help = "", required = false, options = [], minimum, maximum } = question;
  const shared = { name: name(question), label, required, ...(help ? { hint: help } : {}) };
  switch (type) {
    case "choice":
      return fieldRow({
        ...shared,
        type: "select",
        options: [["", "–"], ...options.map((each): [string, string] => [each, each])],
      });
    case "multiple":
      return multiple(question, options);
    case "yes_no":
      return fieldRow({
        ...shared,
        type: "select",
        options: [
          ["", "–"],
          ["yes", t("consultations.yes")],
          ["no", t("consultations.no")],
        ],
      });
    case "long_text":
      return fieldRow({ ...shared, type: "textarea", maxlength: 5000 });
    case "number":
      return fieldRow({
        ...shared,
        type: "number",
        step: "any",
        ...(minimum == null ? {} : { min: minimum }),
        ...(maximum == null ? {} : { max: maximum }),
      });
    case "date":
      return fieldRow({ ...shared, type: "date" });
    case "text":
      return fieldRow({ ...shared, maxlength: 500 });
  }
}

function multiple(question: IntakeQuestion, options: readonly string[]): HTMLElement {
  const boxes = options.map((option) =>
    h(
      "label",
      { class: "check" },
      h("input", { type: "checkbox", value: option }),
      h("span", {}, option),
    ),
  );
  return h(
    "fieldset",
    { "data-name": name(question) },
    h("legend", {}, question.label),
    question.help ? h("small", {}, question.help) : null,
    ...boxes,
  );
}

function answerOf({ type }: IntakeQuestion, row: HTMLElement): Answer | null {
  if (type === "multiple") {
    const chosen = [...row.querySelectorAll<HTMLInputElement>("input:checked")];
    return chosen.length > 0 ? chosen.map(({ value }) => value) : null;
  }
  const input = row.querySelector<HTMLInputElement>("input, select, textarea");
  const value = input?.value.trim() ?? "";
  if (value === "") return null;
  if (type === "yes_no") return value === "yes";
  return type === "number" ? Number(value) : value;
}
