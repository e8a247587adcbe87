/** How a line of the feed reads in the viewer's language. What this page has no words for, it shows as the server said it. */
import { duration } from "../../i18n/moments";
import { hasText } from "../../i18n/text";
import { kindText } from "../sessions/securityTexts";
import type { Alert } from "./alerts";
import { words, type Key } from "./texts";
import type { Activity } from "./types";

/** Lines kept from before a field was told apart have it only in their summary. */
const NEEDED: Readonly<Record<string, "note" | "seconds" | "attempt_number">> = {
  "attempt.paused": "note",
  "attempt.time-extended": "seconds",
  "attempt.warned": "seconds",
  "attempt.was-reset": "attempt_number",
};

/** A name or a note may be written in the other direction than the sentence around it. */
const apart = (text: string): string => `\u2068${text}\u2069`;

export function said(activity: Activity): string {
  const { type, kind, name, note, seconds, attempt_number, summary } = activity;
  const key = `live.said.${type}${kind == null ? "" : `.${kind}`}`;
  const needed = NEEDED[type];
  if (!hasText(key) || (needed !== undefined && activity[needed] == null)) return summary;
  const sentence = words(key as Key, { name: apart(name ?? ""), length: duration(seconds ?? 0), attempt: attempt_number ?? 1 });
  return note == null || note === "" ? sentence : words("live.said.with-note", { said: sentence, note: apart(note) });
}

/** "Ada: Left the page · 3 times · 41 seconds". */
export function alertText({ kind, name, raised, activity, covers }: Alert): string {
  if (kind === "hand") return `${apart(name ?? "")}: ${words("live.hand-raised")}`;
  if (kind === "many-away") return words("live.many-away", { count: covers.length });
  if (raised === null) return activity === null ? "" : said(activity);
  const { count, seconds } = raised;
  const extent = [...(count > 1 ? [words("live.times", { count })] : []), ...(seconds > 0 ? [duration(seconds)] : [])];
  return [`${apart(name ?? "")}: ${kindText(raised.kind)}`, ...extent].join(" · ");
}
