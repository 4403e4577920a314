/** Reporting an artist's page, a work or a review to the admins. */

import { api } from "../../api/client";
import { h, on } from "../../dom";
import { form } from "../../forms";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import { go } from "../../router";
import { getCurrentUser } from "../../session";
import { openDialog } from "../dialog";
import { signInPath } from "../parts";

type Kind = "page" | "portfolio_item" | "review";
type Reason = "harassment" | "inappropriate" | "other" | "scam" | "spam";

/** Create the button that opens the report of something. */
export function reportButton(kind: Kind, subjectId: string, label?: string): HTMLElement | null {
  if (getCurrentUser()?.id === subjectId) return null;
  const name = label ?? t("artist.report");
  const button = h("button", { class: "quiet", "aria-label": name }, t("artist.report"));
  if (kind !== "review") button.prepend(icon("flag"));
  return on(button, { click: () => openReport(kind, subjectId) });
}

function openReport(kind: Kind, subjectId: string): void {
  if (!getCurrentUser()) return go(signInPath());
  const title = t("artist.reportTitle");
  const idempotencyKey = crypto.randomUUID();
  const reasons: [Reason, string][] = [
    ["inappropriate", t("artist.reasonInappropriate")],
    ["scam", t("artist.reasonScam")],
    ["harassment", t("artist.reasonHarassment")],
    ["spam", t("artist.reasonSpam")],
    ["other", t("artist.reasonOther")],
  ];
  const fields = [
    { name: "reason", label: t("artist.reportReason"), type: "select", options: reasons },
    {
      name: "details",
      label: t("artist.reportDetails"),
      type: "textarea",
      required: false,
      maxlength: 1000,
    },
  ];
  const send = async ({ reason = "other", details = "" }: Record<string, string>) => {
    const body = { kind, subjectId, reason: reason as Reason, details };
    await api("post", "/v1/profiles/reports", { body, idempotencyKey });
    dialog.close();
    toast(t("artist.reported"));
  };
  const cancel = h("button", { type: "button", class: "quiet" }, t("common.cancel"));
  const dialog = openDialog(
    title,
    h("h2", {}, title),
    h("p", { class: "muted" }, t("artist.reportText")),
    form(fields, t("common.send"), send),
    on(cancel, { click: () => dialog.close() }),
  );
}
