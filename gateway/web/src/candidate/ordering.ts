/** Putting things in order: the candidate's order so far, and moving one of them. */

/** The saved order, if it still names exactly the item's choices; else the order in which they are shown. */
export function orderOf(choiceIds: readonly string[], saved: readonly string[] | undefined): string[] {
  const known = new Set(choiceIds);
  const fits = saved !== undefined && saved.length === known.size && saved.every((each) => known.has(each));
  return fits ? [...saved] : [...choiceIds];
}

/** The order after the one at `from` was moved to place `to`; places outside the list are its ends. */
export function moved(order: readonly string[], from: number, to: number): string[] {
  const rest = order.filter((_, place) => place !== from);
  const taken = order[from];
  if (taken === undefined) return [...order];
  rest.splice(Math.max(0, Math.min(to, rest.length)), 0, taken);
  return rest;
}
