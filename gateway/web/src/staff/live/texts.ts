/** The live dashboard's messages: their keys are types, so a text that does not exist fails the build. */
import type en from "../live.en.json";
import { hasText, translate, useText, type KeysOf, type Translate } from "../../i18n/text";
import type { Message, Row } from "./types";

export type Key = KeysOf<typeof en>;

export const useWords = (): Translate<Key> => useText<Key>();
export const words: Translate<Key> = translate;

/** What a refusal means for the proctor. */
export function problemText(problem: string, detail: string | null = null): string {
  const key = `live.problem.${problem}`;
  if (hasText(key)) return translate(key);
  return detail === null || detail === "" ? translate("live.problem.other", { problem }) : detail;
}

export const statusText = (status: Row["status"] | "Denied"): string => translate(`live.status.${status}`);

/** A raised hand has no words of its own. */
export const messageText = (message: Message): string => (message.kind === "hand_raised" ? translate("live.hand-raised") : message.text);
