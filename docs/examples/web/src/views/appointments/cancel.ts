/** Cancelling: what it costs is said before it is done, and that is what it costs. */

import { api } from "../../api/client";
import type { AppointmentView, CostPreview } from "../../api/schema";
import { h, on } from "../../dom";
import { money } from "../../format";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { openDialog } from "../dialog";
import { describe } from "../parts";

/** Create the button that cancels an appointment; `changed` is called when it did. */
export function cancelButton(item: AppointmentView, changed: () => void): HTMLElement {
  const button = h("button", { class: "quiet" }, t("appointments.cancel"));
  const open = async (): Promise<void> => {
    button.disabled = true;
    try {
      showDialog(item, await preview(item.id), changed);
    } catch (error) {
      toast(describe(error));
    }
    button.disabled = false;
  };
  return on(button, { click: () => void open() });
}

async function preview(id: string): Promise<CostPreview> {
  const answer = await api("post", "/v1/appointments/{id}/cancel", {
    path: { id },
    query: { preview: true },
    body: {},
  });
  return answer as CostPreview;
}

function showDialog(item: AppointmentView, cost: CostPreview, changed: () => void): void {
  const title = t("appointments.cancelTitle");
  const reason = {
    name: "reason",
    label: t("appointments.reason"),
    type: "textarea",
    rows: 3,
    maxlength: 2000,
    hint: t("appointments.reasonHint"),
    required: false,
  };
  const cancel = form([reason], t("appointments.cancelNow"), async (values) => {
    const body = { reason: values["reason"] ?? "", version: cost.version };
    await api("post", "/v1/appointments/{id}/cancel", { path: { id: item.id }, body });
    dialog.close();
    toast(t("appointments.cancelled"));
    changed();
  });
  const keep = on(h("button", { class: "secondary" }, t("appointments.keep")), {
    click: () => dialog.close(),
  });
  const dialog = openDialog(title, h("h2", {}, title), costOf(cost), cancel, keep);
}

/** Create the lines that say what a change costs. */
export function costOf(cost: CostPreview): HTMLElement {
  const lines: [string, CostPreview["fee"]][] = [
    [t("appointments.costFee"), cost.fee],
    [t("appointments.costForfeited"), cost.depositForfeited],
    [t("appointments.costReturned"), cost.depositReturned],
    [t("appointments.costDue"), cost.due],
    [t("appointments.costSettled"), cost.chargesSettled],
  ];
  const shown = lines.filter(([, amount], index) => index === 0 || amount.amount > 0);
  return h(
    "div",
    { class: "cost" },
    h("p", {}, cost.explanation),
    h(
      "dl",
      { class: "descriptions" },
      ...shown.flatMap(([name, amount]) => [
        h("dt", {}, name),
        h("dd", {}, h("strong", {}, money(amount))),
      ]),
    ),
    cost.voucherLost ? h("p", { class: "notice" }, t("appointments.voucherLost")) : null,
  );
}
