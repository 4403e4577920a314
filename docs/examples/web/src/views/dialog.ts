import { h, on } from "../dom";

/** A dialog over the page, until it is closed or the page is left. `name`: for screen readers. */
export function openDialog(name: string, ...content: HTMLElement[]): HTMLDialogElement {
  const dialog = h("dialog", { "aria-label": name }, ...content);
  on(dialog, {
    close: () => dialog.remove(),
    click: (event) => {
      if (event.target === dialog) dialog.close(); // beside what it shows
    },
  });
  document.querySelector("main")?.append(dialog);
  dialog.showModal();
  return dialog;
}
