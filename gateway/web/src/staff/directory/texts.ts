/** The words of the directory and of imports, beside those that all staff pages share. */
import type en from "../../i18n/directory.en.json";
import { translate, useText, type KeysOf, type Translate } from "../../i18n/text";
import type { Key as SharedKey } from "../app/texts";

export type Key = KeysOf<typeof en> | SharedKey;

export const useWords = (): Translate<Key> => useText<Key>();
export const word: Translate<Key> = translate;
