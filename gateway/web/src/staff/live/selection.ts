/** Who is chosen in the table. Pure. */

export interface Selection {
  chosen: ReadonlySet<string>;
  /** Where a range begins. */
  anchor: string | null;
}

export const NOBODY: Selection = { chosen: new Set(), anchor: null };

export function toggled({ chosen }: Selection, id: string): Selection {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return { chosen: next, anchor: id };
}

/** Everybody between the anchor and `id`, as the table is ordered now, on top of who is chosen already. */
export function extended(selection: Selection, id: string, order: readonly string[]): Selection {
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return { chosen: new Set([...selection.chosen, id]), anchor: id };
  const between = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { chosen: new Set([...selection.chosen, ...between]), anchor: selection.anchor };
}

/** All of `ids`, or none of them when they are chosen already; others stay as they are. */
export function wholeToggled({ chosen, anchor }: Selection, ids: readonly string[]): Selection {
  const next = new Set(chosen);
  const all = ids.every((id) => chosen.has(id));
  for (const id of ids) {
    if (all) next.delete(id);
    else next.add(id);
  }
  return { chosen: next, anchor };
}
