import { api } from "../../api/client";
import type { QuickActionKind, QuickActionList, QuickActionView } from "../../api/schema";
import { h, on } from "../../dom";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import "../../styles/studio.css";
import { openDialog } from "../dialog";
import { backLink, describe, requireArtist } from "../parts";
import { loadedSection } from "../screen";

const KINDS: readonly QuickActionKind[] = [
  "send_text",
  "price_list",
  "policy",
  "deposit_info",
  "find_availability",
  "custom",
];
/** Between the texts of several messages, on a line of its own. */
const SEPARATOR = "---";

/** The quick actions of the studio: texts that are sent with one tap. */
export const studioQuickActions = requireArtist(({ signal }: Visit): Page => {
  const list = loadedSection<QuickActionList>({
    key: "my/studio/quick-actions",
    load: () => api("get", "/v1/quick-actions", { signal }),
    render: ({ items, variables }) => [
      h(
        "ol",
        { class: "day-list" },
        ...items.map((item, index) => h("li", {}, row(item, index, items, variables, reload))),
      ),
      on(h("button", { class: "secondary" }, t("quickActions.add")), {
        click: () => edit(null, variables, reload),
      }),
    ],
    signal,
  });
  const reload = (): void => void list.reload();
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.quickActions")),
    h("p", { class: "muted" }, t("quickActions.text")),
    list.element,
  );
  return { title: t("studio.quickActions"), content };
});

function row(
  item: QuickActionView,
  index: number,
  items: readonly QuickActionView[],
  variables: QuickActionList["variables"],
  changed: () => void,
): HTMLElement {
  const { id, label, steps, enabled, oneTap, system } = item;
  const path = { id };
  const save = (body: { enabled?: boolean; oneTap?: boolean }): Promise<void> =>
    attempt(() => api("patch", "/v1/quick-actions/{id}", { path, body }), changed);
  const up = h("button", { class: "quiet", "aria-label": t("quickActions.up", { label }) }, "↑");
  up.disabled = index === 0;
  on(up, { click: () => void attempt(() => moveUp(items, index), changed) });
  const change = on(h("button", { class: "quiet" }, t("common.edit")), {
    click: () => edit(item, variables, changed),
  });
  const remove = on(h("button", { class: "quiet" }, t("common.delete")), {
    click: () => void attempt(() => api("delete", "/v1/quick-actions/{id}", { path }), changed),
  });
  return h(
    "article",
    { class: "appointment" },
    h("h2", {}, label),
    h("p", { class: "muted pre" }, steps.join("\n")),
    h(
      "div",
      { class: "actions" },
      toggle(t("quickActions.enabled"), enabled, (checked) => save({ enabled: checked })),
      toggle(t("quickActions.oneTap"), oneTap, (checked) => save({ oneTap: checked })),
    ),
    h("div", { class: "actions" }, up, system ? null : change, system ? null : remove),
  );
}

function toggle(label: string, checked: boolean, save: (checked: boolean) => Promise<void>) {
  const box = h("input", { type: "checkbox", checked });
  on(box, { change: () => void save(box.checked) });
  return h("label", { class: "check" }, box, h("span", {}, label));
}

function moveUp(items: readonly QuickActionView[], index: number): Promise<unknown> {
  const ids = items.map(({ id }) => id);
  const [moved = ""] = ids.splice(index, 1);
  ids.splice(index - 1, 0, moved);
  return api("put", "/v1/quick-actions/order", { body: { ids } });
}

function edit(
  item: QuickActionView | null,
  variables: QuickActionList["variables"],
  changed: () => void,
): void {
  const title = item?.label ?? t("quickActions.add");
  const fields: Field[] = [
    { name: "label", label: t("quickActions.label"), maxlength: 100, value: item?.label ?? "" },
    {
      name: "kind",
      label: t("quickActions.kind"),
      type: "select",
      options: KINDS.map((kind) => [kind, t(`quickActions.kind_${kind}`)]),
      value: item?.kind ?? "send_text",
    },
    {
      name: "steps",
      label: t("quickActions.steps"),
      type: "textarea",
      rows: 6,
      hint: t("quickActions.stepsHint", {
        separator: SEPARATOR,
        variables: variables.map((name) => `{{${name}}}`).join(" "),
      }),
      value: item?.steps.join(`\n${SEPARATOR}\n`) ?? "",
    },
  ];
  const save = form(fields, t("common.save"), async ({ label = "", kind, steps = "" }) => {
    const texts = steps.split(/^---$/m).map((step) => step.trim());
    const body = { label, kind: kind as QuickActionKind, steps: texts.filter(Boolean) };
    if (item) await api("patch", "/v1/quick-actions/{id}", { path: { id: item.id }, body });
    else await api("post", "/v1/quick-actions", { body });
    dialog.close();
    changed();
  });
  const dialog = openDialog(title, h("h2", {}, title), save);
}

async function attempt(action: () => Promise<unknown>, changed: () => void): Promise<void> {
  try {
    await action();
    changed();
  } catch (error) {
    toast(describe(error));
  }
}
