/** The messages about security options and alerts: their keys are types, so a text that does not exist fails the build. */
import type en from "../security.en.json";
import { translate, useText, type KeysOf, type Translate } from "../../i18n/text";
import type { AlertKind } from "../app/resources";

export type Key = KeysOf<typeof en>;

export const useSecurityWords = (): Translate<Key> => useText<Key>();
export const securityWord: Translate<Key> = translate;
export const kindText = (kind: AlertKind): string => translate(`alert.${kind}`);
