/** Walk-ins: clients who are in the studio now. */

import { api } from "../../api/client";
import { h, on } from "../../dom";
import { form } from "../../forms";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import { getCurrentUser } from "../../session";
import { openDialog } from "../dialog";
import { describe } from "../parts";

/** Create the button that books a sitting which begins now; `changed` is called when it did. */
export function walkInButton(changed: () => void): HTMLElement {
  const button = h("button", { class: "secondary" }, icon("plus"), t("studio.walkIn"));
  const open = async (): Promise<void> => {
    try {
      const query = { artistId: getCurrentUser()?.id ?? "" };
      const { items } = await api("get", "/v1/appointments/services", { query });
      if (items.length === 0) return toast(t("studio.noServices"));
      showDialog(
        items.map(({ id, name }) => [id, name]),
        changed,
      );
    } catch (error) {
      toast(describe(error));
    }
  };
  return on(button, { click: () => void open() });
}

function showDialog(services: [string, string][], changed: () => void): void {
  const title = t("studio.walkIn");
  const idempotencyKey = crypto.randomUUID();
  const fields = [
    { name: "serviceId", label: t("studio.service"), type: "select", options: services },
    { name: "name", label: t("studio.clientName"), maxlength: 100 },
    {
      name: "durationMinutes",
      label: t("studio.minutes"),
      type: "number",
      min: 5,
      max: 1440,
      required: false,
      hint: t("studio.minutesHint"),
    },
  ];
  const book = form(fields, t("studio.walkInNow"), async (values) => {
    const { serviceId = "", name = "", durationMinutes } = values;
    const length = durationMinutes ? { durationMinutes: Number(durationMinutes) } : {};
    const body = { serviceId, name, ...length };
    await api("post", "/v1/appointments/walk-ins", { body, idempotencyKey });
    dialog.close();
    changed();
  });
  const dialog = openDialog(title, h("h2", {}, title), h("p", {}, t("studio.walkInText")), book);
}
