import { api } from "../../api/client";
import type { OwnArtistPageView, UpdateArtistPageRequest } from "../../api/schema";
import { h } from "../../dom";
import { type Field, fieldRow, form } from "../../forms";
import { toast } from "../../layout";
import { type TextKey, t } from "../../messages";
import type { Page, Visit } from "../../router";
import { avatarForm } from "../account/avatar";
import { portrait } from "../face";
import { backLink, requireArtist } from "../parts";
import { type LoadedSection, loadedSection } from "../screen";

import "../../styles/studio.css";

const NETWORKS = ["website", "instagram", "facebook", "tiktok", "youtube"] as const;
const NAMES = {
  instagram: "Instagram",
  facebook: "Facebook",
  tiktok: "TikTok",
  youtube: "YouTube",
};
const AUDIENCES = ["public", "clients", "private"] as const;

/** The artist's own page: what others see, and who finds it. */
export const ownPage = requireArtist(({ signal }: Visit): Page => {
  const editor: LoadedSection = loadedSection<OwnArtistPageView>({
    key: "my/studio/page",
    signal,
    load: () => api("get", "/v1/profiles/me/page", { signal }),
    render: (own) => [
      own.hidden
        ? h("p", { class: "failure" }, t("page.hidden", { reason: own.hidden.reason }))
        : null,
      picture(own, () => void editor.reload()),
      pageForm(own, editor.reload),
    ],
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.page")),
    h("p", { class: "muted" }, t("page.text")),
    editor.element,
  );
  return { title: t("studio.page"), content };
});

function picture({ page }: OwnArtistPageView, changed: () => void): HTMLElement {
  const { artistId: id, name, avatar, handle } = page;
  const see = { class: "button secondary", href: `/artists/${handle ?? id}` };
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "setting-row" },
      h("div", { class: "person" }, portrait({ id, name, avatar }), h("strong", {}, name)),
      h("a", see, t("page.see")),
    ),
    avatarForm(avatar, changed),
  );
}

function pageForm(own: OwnArtistPageView, reload: () => Promise<void>): HTMLElement {
  const { page } = own;
  const switches: Field[] = [
    { name: "booksOpen", label: t("page.open"), type: "checkbox", checked: page.booksOpen },
    {
      name: "listed",
      label: t("page.listed"),
      hint: t("page.listedHint"),
      type: "checkbox",
      checked: own.listed,
    },
  ];
  const save = async (values: Record<string, string>): Promise<void> => {
    await api("patch", "/v1/profiles/me/page", { body: readPage(values, own) });
    toast(t("common.saved"));
    await reload();
  };
  return form(
    switches,
    t("common.save"),
    save,
    group("page.who", whoFields(own)),
    group("page.where", whereFields(own)),
    group("page.links", linkFields(own)),
  );
}

function group(title: TextKey, fields: Field[]): HTMLElement {
  return h("fieldset", {}, h("legend", {}, t(title)), ...fields.map(fieldRow));
}

function whoFields({ page, formerHandles }: OwnArtistPageView): Field[] {
  const former = formerHandles.length
    ? ` ${t("page.former", { names: formerHandles.join(", ") })}`
    : "";
  return [
    {
      ...optional("handle", t("page.handle"), page.handle ?? "", 64),
      hint: t("page.handleHint") + former,
    },
    optional("businessName", t("page.businessName"), page.businessName, 100),
    { ...optional("bio", t("page.bio"), page.bio, 500), type: "textarea", rows: 4 },
    listField("styles", t("page.styles"), page.styles),
    listField("tags", t("page.tags"), page.tags),
    {
      ...listField("languages", t("page.languages"), page.languages),
      hint: t("page.languagesHint"),
    },
  ];
}

function whereFields({ page, privacy }: OwnArtistPageView): Field[] {
  const zones = Intl.supportedValuesOf("timeZone");
  const known = page.timeZone && !zones.includes(page.timeZone) ? [page.timeZone] : [];
  return [
    optional("city", t("page.city"), page.city, 80),
    optional("address", t("page.address"), page.address, 200),
    {
      name: "addressFor",
      label: t("page.addressFor"),
      type: "select",
      options: AUDIENCES.map((each) => [each, t(`page.for_${each}`)] as const),
      value: (privacy as Record<string, string>)["address"] ?? "clients",
    },
    {
      name: "timeZone",
      label: t("page.timeZone"),
      type: "select",
      required: false,
      options: [
        ["", t("page.noZone")],
        ...[...known, ...zones].map((zone) => [zone, zone.replaceAll("_", " ")] as const),
      ],
      value: page.timeZone ?? "",
    },
  ];
}

function linkFields({ page }: OwnArtistPageView): Field[] {
  return NETWORKS.map((network) => ({
    ...optional(
      network,
      network === "website" ? t("page.website") : NAMES[network],
      page.socials[network] ?? "",
      200,
    ),
    type: "url",
    placeholder: "https://",
  }));
}

function optional(name: string, label: string, value: string, maxlength: number): Field {
  return { name, label, value, maxlength, required: false };
}

function listField(name: string, label: string, values: readonly string[]): Field {
  return { name, label, hint: t("page.listHint"), value: values.join(", "), required: false };
}

function readPage(
  values: Record<string, string>,
  { version }: OwnArtistPageView,
): UpdateArtistPageRequest {
  const text = (name: string): string => (values[name] ?? "").trim();
  const handle = text("handle");
  return {
    version,
    ...(handle ? { handle } : {}),
    businessName: text("businessName"),
    bio: text("bio"),
    styles: list(text("styles")).map(slug),
    tags: list(text("tags")),
    languages: list(text("languages")),
    city: text("city"),
    address: text("address"),
    privacy: { address: text("addressFor") } as NonNullable<UpdateArtistPageRequest["privacy"]>,
    timeZone: text("timeZone") || null,
    socials: Object.fromEntries(NETWORKS.map((each) => [each, text(each) || null])),
    booksOpen: "booksOpen" in values,
    listed: "listed" in values,
  };
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
}

/** Return a style as the API takes it: `fine-line` for `Fine line`. */
function slug(words: string): string {
  return words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
