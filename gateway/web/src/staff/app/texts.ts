/** The staff pages' messages: their keys are types, so a text that does not exist fails the build. */
import type en from "../../i18n/staff.en.json";
import { hasText, translate, useText, type Catalogue, type KeysOf, type Translate } from "../../i18n/text";

export type Key = KeysOf<typeof en>;

export const CATALOGUE: Catalogue = {
  en: async () => ({
    ...(await import("../../i18n/staff.en.json")).default,
    ...(await import("../../i18n/directory.en.json")).default,
    ...(await import("../live.en.json")).default,
    ...(await import("../mail.en.json")).default,
    ...(await import("../accounts.en.json")).default,
    ...(await import("../security.en.json")).default,
    ...(await import("../identity.en.json")).default,
  }),
  ar: async () => ({
    ...(await import("../../i18n/staff.ar.json")).default,
    ...(await import("../../i18n/directory.ar.json")).default,
    ...(await import("../live.ar.json")).default,
    ...(await import("../mail.ar.json")).default,
    ...(await import("../accounts.ar.json")).default,
    ...(await import("../security.ar.json")).default,
    ...(await import("../identity.ar.json")).default,
  }),
};

export const useWords = (): Translate<Key> => useText<Key>();
/** Outside components: notifications and the like. */
export const word: Translate<Key> = translate;

/** The word for a value the server names, such as a state; the value itself where there is none. */
export function valueText(kind: string, value: string): string {
  const key = `${kind}.${value}`;
  return hasText(key) ? translate(key) : value;
}
