/** Forms that show the API's validation errors next to the fields. */

import { Problem } from "./api/http";
import { fill, h, on } from "./dom";

export interface Field {
  /** Name in the request body, as in the API's errors: `email` for `body.email`. */
  name: string;
  label: string;
  type?: string;
  autocomplete?: AutoFill;
  hint?: string;
  required?: boolean;
  value?: string;
  inputmode?: string;
  pattern?: string;
  minlength?: number;
}

/** Create a form of text fields. It is disabled during `submit`, and shows the error it throws. */
export function form(
  fields: readonly Field[],
  action: string,
  submit: (values: Record<string, string>) => Promise<void>,
  ...extra: HTMLElement[]
): HTMLFormElement {
  const button = h("button", { class: "primary" }, action);
  const failure = h("p", { class: "failure", role: "alert" });
  const element = h("form", { class: "stack" }, ...fields.map(row), ...extra, failure, button);
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
  for (const input of element.querySelectorAll("input")) mark(input, "");
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

/** Return the error message, mark the invalid fields and focus the first one. */
function describeError(error: unknown, element: HTMLFormElement): string {
  const errors = error instanceof Problem ? (error.details.errors ?? []) : [];
  let first: HTMLInputElement | null = null;
  for (const { field, message } of errors) {
    const input = element.elements.namedItem(field.replace(/^body\./, ""));
    if (!(input instanceof HTMLInputElement)) continue;
    mark(input, message);
    first ??= input;
  }
  first?.focus();
  return error instanceof Error ? error.message : String(error);
}

function mark(input: HTMLInputElement, message: string): void {
  const note = document.getElementById(`${input.id}-note`);
  if (note) fill(note, message);
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function row(field: Field): HTMLElement {
  const { label, hint, ...attributes } = field;
  const id = `field-${field.name}`;
  const input = h("input", {
    id,
    type: "text",
    required: true,
    "aria-describedby": `${id}-hint ${id}-note`,
    ...attributes,
  });
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    input,
    hint ? h("small", { id: `${id}-hint` }, hint) : null,
    h("small", { id: `${id}-note`, class: "failure" }),
  );
}
