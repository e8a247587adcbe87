/** The mail pages' messages: their keys are types, so a text that does not exist fails the build. */
import type en from "../mail.en.json";
import { currentLanguage, translate, useText, type KeysOf, type Translate } from "../../i18n/text";

export type Key = KeysOf<typeof en>;

export const useMailWords = (): Translate<Key> => useText<Key>();
export const mailWord: Translate<Key> = translate;

const HOUR = 60;
const DAY = 24 * HOUR;

/** "1 day", "2 hours", "10 minutes", in the largest unit that fits. */
export function minutesText(minutes: number): string {
  const { unit, size } = minutes % DAY === 0 ? { unit: "day", size: DAY } : minutes % HOUR === 0 ? { unit: "hour", size: HOUR } : { unit: "minute", size: 1 };
  return new Intl.NumberFormat(currentLanguage(), { style: "unit", unit, unitDisplay: "long" }).format(minutes / size);
}
