import { api } from "../../api/client";
import type {
  AgeConfirmation,
  ArtistPageView,
  ConsultationRequest,
  IntakeView,
  PolicyVersion,
} from "../../api/schema";
import { read, remove, write } from "../../database";
import { h, on } from "../../dom";
import { type Field, fieldRow, form } from "../../forms";
import { t } from "../../messages";
import { parseAmount } from "../../money";
import { type Page, type Visit, go } from "../../router";
import { getCurrentUser } from "../../session";
import "../../styles/consultations.css";
import { fileField } from "../file-field";
import { backLink, person, signInPath } from "../parts";
import { loadedSection } from "../screen";
import { intakeFields } from "./intake-fields";

const MAX_PICTURES = 10;
const DRAFT_FIELDS = ["subject", "description", "placement", "size", "style", "budget"];

type Draft = Record<string, string>;

interface Asked {
  artist: ArtistPageView;
  intake: IntakeView;
  age: PolicyVersion | null;
}

/** The page that asks an artist for a project; one signs in at the end, and keeps what was written. */
export async function ask({ path, signal }: Visit): Promise<Page> {
  const { handle = "" } = path;
  const key = `draft/ask/${handle}`;
  const draft = (await read<Draft>(key)) ?? {};
  const title = t("consultations.ask");
  const shown = loadedSection<Asked>({
    key: `public/ask/${handle}`,
    load: () => load(handle, signal),
    render: (asked) => page(asked, key, draft),
    signal,
  });
  const back = backLink(`/artists/${handle}`, t("artist.title"));
  const content = h("section", { class: "narrow" }, back, h("h1", {}, title), shown.element);
  return { title, content };
}

async function load(handle: string, signal: AbortSignal): Promise<Asked> {
  const artist = await api("get", "/v1/profiles/artists/{handle}", { path: { handle }, signal });
  const { artistId } = artist;
  const [intake, policies] = await Promise.all([
    api("get", "/v1/consultations/intake", { query: { artistId }, signal }),
    api("get", "/v1/policies", { query: { artistId, limit: 50 }, signal }),
  ]);
  const age = policies.items.find(({ kind }) => kind === "age") ?? null;
  return { artist, intake, age };
}

function page({ artist, intake, age }: Asked, key: string, draft: Draft): HTMLElement[] {
  const questions = intakeFields(intake);
  const pictures = fileField({
    label: t("consultations.pictures"),
    hint: t("consultations.picturesHint"),
    purpose: "consultation",
    accept: "image/jpeg,image/png,image/webp",
    limit: MAX_PICTURES,
  });
  const isSignedIn = getCurrentUser() !== null;
  const element = form(
    fields(draft),
    t(isSignedIn ? "consultations.send" : "consultations.signIn"),
    async (values) => {
      if (!isSignedIn) return go(signInPath());
      const request = build(values, artist, age);
      const answers = questions.read();
      const body = {
        ...request,
        files: await pictures.uploaded(),
        ...(answers ? { intake: answers } : {}),
      };
      const { id } = await api("post", "/v1/consultations", { body, idempotencyKey });
      await remove(key);
      go(`/consultations/${id}`);
    },
    questions.element,
    isSignedIn ? pictures.element : h("p", { class: "muted" }, t("consultations.picturesLater")),
    windowFields(),
    ...(age ? [ageField(age)] : []),
  );
  const idempotencyKey = crypto.randomUUID();
  // What was written survives signing in and a closed tab.
  on(element, { input: () => void saveDraft(key, element) });
  return [
    person({ id: artist.artistId, name: artist.name, avatar: artist.avatar }),
    h("p", { class: "muted" }, t("consultations.askText")),
    artist.booksOpen ? element : h("p", { class: "notice" }, t("consultations.booksClosed")),
  ];
}

async function saveDraft(key: string, element: HTMLFormElement): Promise<void> {
  const entries = [...new FormData(element)].filter(([name]) => DRAFT_FIELDS.includes(name));
  await write(key, Object.fromEntries(entries.map(([name, value]) => [name, String(value)])));
}

function fields(draft: Draft): Field[] {
  const optional = (name: string, hint?: string): Field => ({
    name,
    label: t(`consultations.${name}` as "consultations.placement"),
    required: false,
    maxlength: 120,
    value: draft[name] ?? "",
    ...(hint ? { hint } : {}),
  });
  return [
    {
      name: "subject",
      label: t("consultations.subject"),
      hint: t("consultations.subjectHint"),
      maxlength: 255,
      value: draft["subject"] ?? "",
    },
    {
      name: "description",
      label: t("consultations.description"),
      type: "textarea",
      rows: 6,
      maxlength: 5000,
      value: draft["description"] ?? "",
    },
    optional("placement"),
    optional("size", t("consultations.sizeHint")),
    optional("style"),
    { ...optional("budget", t("consultations.budgetHint")), inputmode: "decimal" },
  ];
}

function windowFields(): HTMLElement {
  const date = (name: string, label: string): Field => ({
    name,
    label,
    type: "date",
    required: false,
  });
  return h(
    "fieldset",
    {},
    h("legend", {}, t("consultations.when")),
    h(
      "div",
      { class: "field-row" },
      fieldRow(date("firstDate", t("consultations.firstDate"))),
      fieldRow(date("lastDate", t("consultations.lastDate"))),
    ),
    fieldRow({
      name: "partOfDay",
      label: t("consultations.partOfDay"),
      type: "select",
      options: (["any", "morning", "afternoon", "evening"] as const).map((part) => [
        part,
        t(`consultations.part_${part}`),
      ]),
    }),
  );
}

function ageField({ rules }: PolicyVersion): HTMLElement {
  const [adult, guardian] =
    rules.type === "age" ? [rules.minimumAge, rules.guardianConsentFrom ?? null] : [18, null];
  return fieldRow({
    name: "age",
    label: t("consultations.age"),
    type: "select",
    options: [
      ["", "–"],
      ["of_age", t("consultations.ofAge", { age: adult })],
      ...(guardian === null
        ? []
        : [["guardian_consents", t("consultations.guardian", { age: guardian })] as const]),
    ],
  });
}

function build(
  values: Record<string, string>,
  artist: ArtistPageView,
  age: PolicyVersion | null,
): ConsultationRequest {
  const { subject = "", description = "", placement = "", size = "", style = "" } = values;
  const currency = artist.services[0]?.price.currency ?? artist.priceFloor?.currency ?? "EUR";
  const { firstDate, lastDate, partOfDay, budget } = values;
  return {
    artistId: artist.artistId,
    subject,
    description,
    placement,
    size,
    style,
    ...(budget ? { budget: { currency, maximum: parseAmount(budget, currency) } } : {}),
    ...(firstDate
      ? {
          preferredWindows: [
            {
              firstDate,
              lastDate: lastDate || firstDate,
              partOfDay: (partOfDay ?? "any") as "any",
            },
          ],
        }
      : {}),
    ...(age && values["age"]
      ? { ageConfirmation: { versionId: age.versionId, basis: values["age"] } as AgeConfirmation }
      : {}),
  };
}
