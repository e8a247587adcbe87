/** The texts of verifying identities: their keys are types, so a text that does not exist fails the build. */
import type en from "../identity.en.json";
import { useText, type KeysOf, type Translate } from "../../i18n/text";

export type Key = KeysOf<typeof en>;

export const useWords = (): Translate<Key> => useText<Key>();
