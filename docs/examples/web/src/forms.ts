/** Forms whose mistakes are named at the field, in the API's own words. */

import { Problem } from "./api/http";
import { fill, h, on } from "./dom";

export interface Field {
  /** The field's name in the request, as the API's errors name it: `email` for `body.email`. */
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

/** A form of text fields. While `submit` works it waits; what `submit` throws is shown. */
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
      void work(element, button, failure, submit);
    },
  });
}

async function work(
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
    fill(failure, explained(error, element));
  } finally {
    button.disabled = false;
  }
}

/** What went wrong in a sentence; the fields it names are marked, and the first gets the focus. */
function explained(error: unknown, element: HTMLFormElement): string {
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
