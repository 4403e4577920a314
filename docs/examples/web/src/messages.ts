/**
 * Texts of the interface in the language of the user.
 *
 * The texts are in `src/messages/<language>/<area>.json`. Every language has the same keys: those of
 * English are the type of `t`, and tests/unit/test_web_messages.py compares the others with them.
 */

import { type Language, findLanguage, languageOf } from "./language";
import en from "./messages/en";

export { LANGUAGES, type Language, chooseLanguage } from "./language";

type Texts = typeof en;
/** The name of a text: its area and its key, such as `booking.chooseDay`. */
export type TextKey = {
  [Area in keyof Texts & string]: `${Area}.${keyof Texts[Area] & string}`;
}[keyof Texts & string];

/** A text, or its forms by the plural category of `count` (Intl.PluralRules). */
type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;

let language: Language = "en";
let texts: Record<string, Record<string, Text>> = en;

/** Return the language of the interface. */
export function getLanguage(): Language {
  return language;
}

/**
 * Return the locale by which dates and amounts are formatted.
 *
 * It is the browser's where that is of the same language, because it knows the region: `en-GB`.
 */
export function locale(): string {
  return navigator.languages.find((each) => languageOf(each) === language) ?? language;
}

/** Load the texts: in the language chosen on this device, or else the browser's. */
export async function loadTexts(): Promise<void> {
  language = await findLanguage();
  if (language === "de") texts = (await import("./messages/de")).default;
  document.documentElement.lang = language;
}

/** Return a text; `{name}` in it is replaced by the value of that name, and `count` chooses the form. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  const dot = key.indexOf(".");
  const text = texts[key.slice(0, dot)]?.[key.slice(dot + 1)] ?? key;
  return plural(text, values["count"]).replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    String(values[name] ?? placeholder),
  );
}

function plural(text: Text, count: string | number | undefined): string {
  if (typeof text === "string") return text;
  const form = text[new Intl.PluralRules(language).select(Number(count ?? 0))];
  return form ?? text.other ?? "";
}
