/** The candidate room's messages: their keys are types, so a text that does not exist fails the build. */
import type en from "../i18n/en.json";
import { hasText, translate, useText, type Catalogue, type KeysOf, type Translate } from "../i18n/text";

export type Key = KeysOf<typeof en>;

export const CATALOGUE: Catalogue = {
  en: async () => (await import("../i18n/en.json")).default,
  ar: async () => (await import("../i18n/ar.json")).default,
};

export const useWords = (): Translate<Key> => useText<Key>();

/** What a problem means for the candidate and what to do about it. */
export function problemText(problem: string): string {
  const key = `problem.${problem}`;
  return translate(hasText(key) ? key : "problem.other", { problem });
}
