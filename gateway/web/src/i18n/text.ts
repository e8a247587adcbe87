/**
 * Every text people read, in their language. Messages are flat JSON files, one per page and language; plurals follow the
 * language's own rules through i18next's suffixes (`_one`, `_few`, ...); dates and numbers come from Intl.
 */
import { createInstance, type i18n } from "i18next";
import { useSyncExternalStore } from "react";

export const LANGUAGES = { en: "English", ar: "العربية" } as const;
export type Language = keyof typeof LANGUAGES;

const RIGHT_TO_LEFT: ReadonlySet<Language> = new Set(["ar"]);
const REMEMBERED = "examhall.language";
const FALLBACK: Language = "en";

type Plural = "zero" | "one" | "two" | "few" | "many" | "other";
/** The keys of a message file: a plural's forms count as one. */
export type KeysOf<Messages> = keyof Messages extends infer Key extends string
  ? Key extends `${infer Stem}_${Plural}`
    ? Stem
    : Key
  : never;

export type Values = Record<string, string | number>;
export type Translate<Key extends string> = (key: Key, values?: Values) => string;
export type Messages = Record<string, string>;
/** Where each language's messages come from; only those in use are fetched. */
export type Catalogue = Record<Language, () => Promise<Messages>>;

const instance: i18n = createInstance();
const listeners = new Set<() => void>();
let catalogues: Catalogue[] = [];
let loaded = new Set<string>();
let changes = 0;

/** Load the viewer's language (remembered, else the browser's, else English). Call once, before the first render. */
export async function startText(messages: Catalogue, navigatorLanguages: readonly string[] = navigator.languages): Promise<void> {
  catalogues = [messages];
  loaded = new Set();
  await instance.init({
    lng: FALLBACK,
    fallbackLng: FALLBACK,
    resources: {},
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
  });
  await load(FALLBACK);
  await changeLanguage(preferredLanguage(remembered(), navigatorLanguages), false);
}

/** The messages of a part that few need, which come with it: now in the language in use, later in every other chosen. */
export async function addText(messages: Catalogue): Promise<void> {
  if (!catalogues.includes(messages)) catalogues.push(messages);
  await load(FALLBACK);
  await load(currentLanguage());
}

export function preferredLanguage(kept: string | null, navigatorLanguages: readonly string[]): Language {
  const wanted = [...(kept === null ? [] : [kept]), ...navigatorLanguages];
  const found = wanted.map((each) => each.split("-")[0] ?? "").find((each): each is Language => each in LANGUAGES);
  return found ?? FALLBACK;
}

/** Whether its messages could be fetched; otherwise it is remembered and comes when the page is next loaded. */
export async function changeLanguage(language: Language, remember = true): Promise<boolean> {
  if (remember) keep(language);
  try {
    await load(language);
  } catch {
    return false;
  }
  await instance.changeLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = direction(language);
  changes += 1;
  listeners.forEach((each) => each());
  return true;
}

export const currentLanguage = (): Language => instance.language as Language;
/** The language with the viewer's own region where the browser names one: "en-GB" and "en-US" write dates differently. */
export const currentLocale = (): string => navigator.languages.find((each) => each.split("-")[0] === currentLanguage()) ?? currentLanguage();
export const direction = (language: Language): "rtl" | "ltr" => (RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr");

export const translate = (key: string, values: Values = {}): string => instance.t(key, values);
/** Whether there is a message of this name: for texts named after something the server says. */
export const hasText = (key: string): boolean => instance.exists(key);

/** The translator; the component renders anew when the language changes. */
export function useText<Key extends string>(): Translate<Key> {
  useSyncExternalStore(subscribe, () => changes);
  return translate;
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, currentLanguage);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

async function load(language: Language): Promise<void> {
  for (const [index, catalogue] of catalogues.entries()) {
    const name = `${index} ${language}`;
    if (loaded.has(name)) continue;
    instance.addResourceBundle(language, "translation", await catalogue[language](), true);
    loaded.add(name);
  }
}

// A browser may refuse storage; the choice is then forgotten and nothing else happens.

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function keep(language: Language): void {
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch {
    return;
  }
}
