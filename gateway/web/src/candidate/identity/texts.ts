/** The words of showing who one is: fetched with these pages, because most sessions never ask. */
import { addText, hasText, translate, useText, type Catalogue, type KeysOf, type Translate } from "../../i18n/text";
import { problemText } from "../texts";
import type en from "./identity.en.json";

export type Key = KeysOf<typeof en>;

const CATALOGUE: Catalogue = {
  en: async () => (await import("./identity.en.json")).default,
  ar: async () => (await import("./identity.ar.json")).default,
};

export const fetchWords = (): Promise<void> => addText(CATALOGUE);
export const useWords = (): Translate<Key> => useText<Key>();

/** What a refusal means here and what to do about it. */
export function refusalText(problem: string): string {
  const key = `identity.problem.${problem}`;
  return hasText(key) ? translate(key) : problemText(problem);
}
