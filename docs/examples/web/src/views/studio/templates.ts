import { api } from "../../api/client";
import type { NotificationTemplate, TemplateBodies, TemplatePreview } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { type Field, form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import { type Page, type Visit, go } from "../../router";
import "../../styles/studio.css";
import { backLink, describe, requireArtist } from "../parts";
import { loadedSection } from "../screen";

/** The texts of the messages that the studio's clients are sent. */
export const templates = requireArtist(({ signal }: Visit): Page => {
  const list = loadedSection({
    key: "my/studio/templates",
    load: () => api("get", "/v1/notifications/templates", { query: { limit: 100 }, signal }),
    render: ({ items }) => [
      h("ul", { class: "rows" }, ...items.map((item) => h("li", {}, row(item)))),
    ],
    signal,
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.templates")),
    h("p", { class: "muted" }, t("templates.text")),
    list.element,
  );
  return { title: t("studio.templates"), content };
});

function row({ id, name, kind, locale, owner, problem }: NotificationTemplate): HTMLElement {
  const whose = t(owner === "system" ? "templates.system" : "templates.own");
  return h(
    "div",
    { class: "setting-row" },
    h(
      "div",
      {},
      h("h2", {}, h("a", { href: `/studio/templates/${encodeURIComponent(id)}` }, name)),
      h("p", { class: "muted" }, [t(`templates.kind_${kind}`), locale, whose].join(" · ")),
      problem ? h("p", { class: "failure" }, problem) : null,
    ),
  );
}

/** The page that changes a text, with a preview of what it makes. */
export const template = requireArtist(({ path, signal }: Visit): Page => {
  const { id = "" } = path;
  const shown = loadedSection<NotificationTemplate>({
    key: `my/studio/template/${id}`,
    load: () => api("get", "/v1/notifications/templates/{id}", { path: { id }, signal }),
    render: (value) => [editor(value)],
    signal,
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/templates", t("studio.templates")),
    h("h1", {}, t("templates.one")),
    shown.element,
  );
  return { title: t("templates.one"), content };
});

function editor(value: NotificationTemplate): HTMLElement {
  const preview = h("div", { class: "panel", role: "status" });
  const element = form(fields(value), t("templates.save"), async (values) => {
    const { name, kind, locale, variables } = value;
    const body = { name, kind, locale, variables, bodies: readBodies(values, value.bodies) };
    await api("post", "/v1/notifications/templates", { body });
    toast(t("common.saved"));
    go("/studio/templates");
  });
  const look = h("button", { type: "button", class: "secondary" }, t("templates.preview"));
  const test = h("button", { type: "button", class: "quiet" }, t("templates.test"));
  const show = async (): Promise<void> => {
    const values = Object.fromEntries(
      [...new FormData(element)].map(([name, entered]) => [name, String(entered)]),
    );
    try {
      const bodies = readBodies(values, value.bodies);
      const body = { bodies, variables: value.variables, locale: value.locale };
      fill(
        preview,
        ...shownPreview(await api("post", "/v1/notifications/templates/preview", { body })),
      );
    } catch (error) {
      fill(preview, h("p", { class: "failure" }, describe(error)));
    }
  };
  const send = async (): Promise<void> => {
    try {
      const path = { id: value.id };
      await api("post", "/v1/notifications/templates/{id}/test", { path, body: {} });
      toast(t("templates.tested"));
    } catch (error) {
      toast(describe(error));
    }
  };
  on(look, { click: () => void show() });
  on(test, { click: () => void send() });
  void show();
  const names = value.variables.map(({ name }) => `{{ ${name} }}`).join(" ");
  return h(
    "div",
    { class: "stack" },
    h("p", {}, h("strong", {}, value.name), ` · ${t(`templates.kind_${value.kind}`)}`),
    names ? h("p", { class: "muted" }, t("templates.variables", { names })) : null,
    element,
    h("div", { class: "actions" }, look, test),
    preview,
  );
}

function fields({ bodies }: NotificationTemplate): Field[] {
  const { email, sms, push } = bodies;
  const area = (name: string, label: string, text: string, maxlength: number): Field => ({
    name,
    label,
    type: "textarea",
    rows: 6,
    value: text,
    maxlength,
  });
  return [
    ...(email
      ? [
          { name: "subject", label: t("templates.subject"), maxlength: 500, value: email.subject },
          email.text != null
            ? area("emailText", t("templates.email"), email.text, 5000)
            : area("emailHtml", t("templates.emailHtml"), email.html ?? "", 20000),
        ]
      : []),
    ...(sms ? [area("sms", t("account.channel_sms"), sms.text, 2000)] : []),
    ...(push
      ? [
          { name: "pushTitle", label: t("templates.pushTitle"), maxlength: 300, value: push.title },
          area("pushBody", t("templates.pushBody"), push.body, 2000),
        ]
      : []),
  ];
}

/** Return the bodies of a filled form; the channels and formats are those of `before`. */
function readBodies(values: Record<string, string>, before: TemplateBodies): TemplateBodies {
  const { email, sms, push } = before;
  return {
    ...(email
      ? {
          email: {
            subject: values["subject"] ?? "",
            // The HTML of ours would no longer say what the text says.
            ...(values["emailText"] !== undefined
              ? { text: values["emailText"] }
              : { html: values["emailHtml"] ?? "" }),
          },
        }
      : {}),
    ...(sms ? { sms: { text: values["sms"] ?? "" } } : {}),
    ...(push ? { push: { title: values["pushTitle"] ?? "", body: values["pushBody"] ?? "" } } : {}),
  };
}

function shownPreview({ email, sms, push }: TemplatePreview): HTMLElement[] {
  const parts: HTMLElement[] = [h("h2", {}, t("templates.preview"))];
  if (email) parts.push(h("h3", {}, email.subject), h("p", { class: "pre" }, email.text));
  if (sms)
    parts.push(
      h("h3", {}, t("account.channel_sms")),
      h("p", { class: "pre" }, sms.text),
      h("p", { class: "muted" }, t("templates.segments", { count: sms.size.segments })),
    );
  if (push) parts.push(h("h3", {}, push.title), h("p", { class: "pre" }, push.body));
  return parts;
}
