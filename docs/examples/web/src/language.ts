/** The language of the interface, which pages and the service worker share. */

import { read, write } from "./database";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "language";

/** Return the language chosen on this device, or else the browser's. */
export async function findLanguage(): Promise<Language> {
  const chosen = await read<Language>(KEY).catch(() => undefined);
  return chosen ?? navigator.languages.map(languageOf).find((each) => each !== null) ?? "en";
}

/** Choose the language of the interface on this device; pages have it when they are loaded again. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  await write(KEY, chosen);
}

/** Return the language of a tag such as `en-GB`, if the interface has it. */
export function languageOf(tag: string): Language | null {
  const [primary = ""] = tag.split("-");
  return primary in LANGUAGES ? (primary as Language) : null;
}
