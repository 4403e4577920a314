import { api } from "../../api/client";
import type { VoucherTemplateView, VoucherView } from "../../api/schema";
import { h, on } from "../../dom";
import { date } from "../../format";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { parseAmount } from "../../money";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { voucherValue } from "../appointments/vouchers";
import { openDialog } from "../dialog";
import { backLink, describe, requireArtist } from "../parts";
import { loadedSection } from "../screen";
import { currencyOfStudio } from "./services";

interface Templates {
  items: VoucherTemplateView[];
  currency: string;
}

/** The vouchers of the studio: templates, and those that were issued. */
export const studioVouchers = requireArtist(({ signal }: Visit): Page => {
  const templates = loadedSection<Templates>({
    key: "my/studio/voucher-templates",
    load: async () => {
      const [{ items }, currency] = await Promise.all([
        api("get", "/v1/profiles/voucher-templates", { query: { limit: 50 }, signal }),
        currencyOfStudio(signal),
      ]);
      return { items, currency };
    },
    render: ({ items, currency }) => [
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, templateRow(item, reload)))),
      addButton(currency, reload),
    ],
    signal,
  });
  const issued = loadedSection({
    key: "my/studio/vouchers",
    load: () =>
      api("get", "/v1/profiles/vouchers", { query: { side: "issued", limit: 50 }, signal }),
    render: ({ items }) => [
      items.length === 0
        ? h("p", { class: "muted" }, t("vouchers.noneIssued"))
        : h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, issuedRow(item, reload)))),
    ],
    signal,
  });
  const reload = (): void => {
    void templates.reload();
    void issued.reload();
  };
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("vouchers.title")),
    templates.element,
    h("section", { class: "block" }, h("h2", {}, t("vouchers.issued")), issued.element),
  );
  return { title: t("vouchers.title"), content };
});

function templateRow(item: VoucherTemplateView, changed: () => void): HTMLElement {
  const issue = h("button", { class: "secondary" }, t("vouchers.issue"));
  const run = async (): Promise<void> => {
    issue.disabled = true;
    try {
      const body = { templateId: item.id };
      const idempotencyKey = crypto.randomUUID();
      const made = await api("post", "/v1/profiles/vouchers", { body, idempotencyKey });
      showCode(made);
      changed();
    } catch (error) {
      toast(describe(error));
    }
    issue.disabled = false;
  };
  on(issue, { click: () => void run() });
  const details = [voucherValue(item), t("vouchers.days", { count: item.validityDays })];
  return h(
    "div",
    { class: "setting-row" },
    h("div", {}, h("h2", {}, item.name), h("p", { class: "muted" }, details.join(" · "))),
    item.active ? issue : null,
  );
}

function showCode({ code, name }: VoucherView): void {
  const copy = h("button", { class: "primary" }, t("vouchers.copy"));
  on(copy, {
    click: () => void navigator.clipboard.writeText(code).then(() => toast(t("vouchers.copied"))),
  });
  const text = h("p", {}, t("vouchers.issuedText"));
  openDialog(name, h("h2", {}, name), text, h("p", {}, h("code", { class: "code" }, code)), copy);
}

function addButton(currency: string, changed: () => void): HTMLElement {
  const title = t("vouchers.add");
  const button = h("button", { class: "secondary" }, title);
  const fields: Field[] = [
    { name: "name", label: t("vouchers.name"), maxlength: 100 },
    {
      name: "value",
      label: t("vouchers.value"),
      hint: t("studio.feeHint", { currency }),
      pattern: "[0-9]{1,3} ?%|[0-9]+([.,][0-9]{1,2})?",
    },
    {
      name: "validityDays",
      label: t("vouchers.validity"),
      type: "number",
      min: 1,
      max: 3650,
      value: "365",
    },
  ];
  const open = (): void => {
    const save = form(fields, t("common.save"), async ({ name = "", value = "", validityDays }) => {
      const share = /^(\d{1,3})\s*%$/.exec(value.trim());
      const body = {
        name,
        value: share
          ? ({ type: "percent", percent: Number(share[1]) } as const)
          : ({ type: "fixed", amount: parseAmount(value, currency), currency } as const),
        validityDays: Number(validityDays),
      };
      await api("post", "/v1/profiles/voucher-templates", { body });
      dialog.close();
      changed();
    });
    const dialog = openDialog(title, h("h2", {}, title), save);
  };
  return on(button, { click: open });
}

function issuedRow(item: VoucherView, changed: () => void): HTMLElement {
  const { id, name, code, status, expiresAt } = item;
  const path = { id };
  const act = (label: string, action: () => Promise<unknown>): HTMLElement => {
    const button = h("button", { class: "quiet", "aria-label": `${label}: ${code}` }, label);
    const run = async (): Promise<void> => {
      try {
        await action();
        changed();
      } catch (error) {
        toast(describe(error));
      }
    };
    return on(button, { click: () => void run() });
  };
  const details = [
    voucherValue(item),
    t(`vouchers.status_${status}`),
    t("vouchers.until", { date: date(expiresAt) }),
  ];
  return h(
    "div",
    { class: "setting-row" },
    h(
      "div",
      {},
      h("strong", {}, name),
      h("p", {}, h("code", { class: "code" }, code)),
      h("p", { class: "muted" }, details.join(" · ")),
    ),
    status === "issued"
      ? h(
          "div",
          { class: "actions" },
          act(t("vouchers.redeem"), () =>
            api("post", "/v1/profiles/vouchers/redeem", { body: { code } }),
          ),
          act(t("vouchers.void"), () => api("post", "/v1/profiles/vouchers/{id}/void", { path })),
        )
      : null,
  );
}
