/** How many words a text has, in any script: Intl knows where words end where spaces do not say so. */
export function wordCount(text: string): number {
  let words = 0;
  for (const segment of segmenter.segment(text)) if (segment.isWordLike === true) words += 1;
  return words;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
