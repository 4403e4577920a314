/** Forms that show the API's validation errors next to the fields. */

import { Problem } from "./api/http";
import { fill, h, on } from "./dom";
import { t } from "./messages";

type Input = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export interface Field {
  /** Name in the request body, as in the API's errors: `email` for `body.email`. */
  name: string;
  label: string;
  /** Type of the input, `select` (see `options`), `textarea` or `checkbox`. */
  type?: string;
  /** Values and labels of a `select`. */
  options?: readonly (readonly [value: string, label: string])[];
  autocomplete?: AutoFill;
  hint?: string;
  required?: boolean;
  value?: string;
  /** Whether a `checkbox` is checked at first. */
  checked?: boolean;
  inputmode?: string;
  pattern?: string;
  placeholder?: string;
  minlength?: number;
  maxlength?: number;
  min?: string | number;
  max?: string | number;
  step?: string | number;
  rows?: number;
  accept?: string;
}

/**
 * Create a form. It is disabled during `submit`, and shows the error it throws.
 *
 * `submit` receives the values of the fields by name; an unchecked `checkbox` has none.
 */
export function form(
  fields: readonly Field[],
  action: string,
  submit: (values: Record<string, string>) => Promise<void>,
  ...extra: HTMLElement[]
): HTMLFormElement {
  const button = h("button", { class: "primary" }, action);
  const failure = h("p", { class: "failure", role: "alert" });
  const element = h("form", { class: "stack" }, ...fields.map(fieldRow), ...extra, failure, button);
  return on(element, {
    submit: (event) => {
      event.preventDefault();
      void submitForm(element, button, failure, submit);
    },
  });
}

async function submitForm(
  element: HTMLFormElement,
  button: HTMLButtonElement,
  failure: HTMLElement,
  submit: (values: Record<string, string>) => Promise<void>,
): Promise<void> {
  for (const input of inputs(element)) mark(input, "");
  fill(failure);
  button.disabled = true;
  const entries = [...new FormData(element)].map(([name, value]) => [name, String(value)]);
  try {
    await submit(Object.fromEntries(entries) as Record<string, string>);
  } catch (error) {
    fill(failure, describeError(error, element));
  } finally {
    button.disabled = false;
  }
}

/** Return the error message, mark the invalid fields of `element` and focus the first one. */
export function describeError(error: unknown, element: HTMLElement): string {
  const errors = error instanceof Problem ? (error.details.errors ?? []) : [];
  const byName = new Map(inputs(element).map((input) => [input.name, input]));
  let first: Input | null = null;
  for (const { field, message } of errors) {
    const input = byName.get(field.replace(/^body\./, ""));
    if (!input) continue;
    mark(input, message);
    first ??= input;
  }
  first?.focus();
  return error instanceof Error ? error.message : String(error);
}

/** Create the row of a field: label, input, hint and the place of its error. */
export function fieldRow(field: Field): HTMLElement {
  const { label, hint, options, type = "text", value, ...attributes } = field;
  const id = `field-${field.name.replaceAll(/[^\w-]/g, "-")}`;
  const described = { id, required: true, "aria-describedby": `${id}-hint ${id}-note` };
  const shared = { ...described, ...attributes };
  const isRequired = shared.required;
  const name = h(
    "label",
    { for: id },
    label,
    isRequired || type === "checkbox"
      ? null
      : h("span", { class: "optional" }, t("common.optional")),
  );
  const notes = [
    hint ? h("small", { id: `${id}-hint` }, hint) : null,
    h("small", { id: `${id}-note`, class: "failure" }),
  ];
  if (type === "checkbox") {
    const box = h("input", { ...shared, type, required: field.required ?? false, value: "true" });
    return h("div", { class: "field check-field" }, box, name, ...notes);
  }
  return h("div", { class: "field" }, name, createInput(type, shared, value, options), ...notes);
}

function createInput(
  type: string,
  attributes: Record<string, string | number | boolean | undefined>,
  value: string | undefined,
  options: Field["options"],
): HTMLElement {
  if (type === "select") {
    const choices = (options ?? []).map(([choice, label]) =>
      h("option", { value: choice, selected: choice === value }, label),
    );
    return h("select", attributes, ...choices);
  }
  if (type === "textarea") return h("textarea", { rows: 4, ...attributes }, value);
  const input = h("input", { type, value, ...attributes });
  return type === "password" ? h("div", { class: "password" }, input, revealButton(input)) : input;
}

/** Create the button that shows what is typed into the field of a password. */
function revealButton(input: HTMLInputElement): HTMLElement {
  const attributes = { type: "button", class: "quiet", "aria-controls": input.id };
  const button = h("button", { ...attributes, "aria-pressed": "false" }, t("signIn.show"));
  return on(button, {
    click: () => {
      const isHidden = input.type === "password";
      input.type = isHidden ? "text" : "password";
      button.setAttribute("aria-pressed", String(isHidden));
    },
  });
}

function inputs(element: HTMLElement): Input[] {
  return [...element.querySelectorAll<Input>("input, select, textarea")];
}

function mark(input: Input, message: string): void {
  const note = document.getElementById(`${input.id}-note`);
  if (note) fill(note, message);
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
