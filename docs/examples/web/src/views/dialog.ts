import { type Child, h, on } from "../dom";

/** Open a modal dialog; `name` is announced by screen readers. Leaving the page removes it. */
export function openDialog(name: string, ...content: Child[]): HTMLDialogElement {
  const dialog = h("dialog", { "aria-label": name }, ...content);
  on(dialog, {
    close: () => dialog.remove(),
    click: (event) => {
      if (event.target === dialog) dialog.close(); // a click on the backdrop
    },
  });
  document.querySelector("main")?.append(dialog);
  dialog.showModal();
  return dialog;
}
