import { h, on } from "../../dom";
import { t } from "../../messages";
import { openDialog } from "../dialog";
import { describe } from "../parts";

/** Ask before something is deleted; `text` says what follows. */
export function confirmDeletion(
  title: string,
  text: string,
  remove: () => Promise<void>,
): HTMLDialogElement {
  const failure = h("p", { class: "failure", role: "alert" });
  const yes = h("button", { class: "primary" }, t("common.delete"));
  const no = h("button", { class: "secondary" }, t("common.cancel"));
  const confirm = async (): Promise<void> => {
    yes.disabled = true;
    try {
      await remove();
      dialog.close();
    } catch (error) {
      failure.textContent = describe(error);
      yes.disabled = false;
    }
  };
  on(yes, { click: () => void confirm() });
  on(no, { click: () => dialog.close() });
  const actions = h("div", { class: "actions" }, yes, no);
  const dialog = openDialog(title, h("h2", {}, title), h("p", {}, text), failure, actions);
  return dialog;
}
