/** Gaps in a fill-in prompt, written `{{blank_id}}`: marked so that Markdown leaves them alone, found again afterwards. */

const GAP = /\{\{([A-Za-z0-9][A-Za-z0-9._-]{0,63})\}\}/g;
// Characters for private use: they mean nothing to Markdown, and no author types them.
const OPEN = "\uE000";
const CLOSE = "\uE001";
const MARK = new RegExp(`${OPEN}(\\d+)${CLOSE}`, "g");

export interface Marked {
  text: string;
  blankIds: string[];
}

/** The prompt with each known gap replaced by a mark; what names no blank stays as it was written. */
export function markGaps(prompt: string, known: readonly string[]): Marked {
  const blankIds: string[] = [];
  const text = prompt.replace(GAP, (written, blankId: string) => {
    if (!known.includes(blankId)) return written;
    blankIds.push(blankId);
    return `${OPEN}${blankIds.length - 1}${CLOSE}`;
  });
  return { text, blankIds };
}

export type Piece = { text: string } | { gap: number };

/** A run of text, split at its marks. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let after = 0;
  for (const found of text.matchAll(MARK)) {
    if (found.index > after) pieces.push({ text: text.slice(after, found.index) });
    pieces.push({ gap: Number(found[1]) });
    after = found.index + found[0].length;
  }
  if (after < text.length) pieces.push({ text: text.slice(after) });
  return pieces;
}
