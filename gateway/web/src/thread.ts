/** What both sides of a thread make of it: how far messages have got with the other side, and who writes. */
const SAID_EVERY_MS = 3_000;
/** How long somebody counts as writing when it is not said again. */
export const WRITING_HOLDS_MS = 5_000;

/** Numbers of the newest messages that have arrived on the other side's page, and that they have read. */
export interface Reached {
  delivered: number;
  read: number;
}

export const NOWHERE: Reached = { delivered: 0, read: 0 };

/** Never back; the same object when nothing moved. */
export function further(before: Reached, { delivered, read }: Reached): Reached {
  if (delivered <= before.delivered && read <= before.read) return before;
  return { delivered: Math.max(delivered, before.delivered), read: Math.max(read, before.read) };
}

export type Arrival = "sent" | "delivered" | "read";

export function arrivalOf(number: number, other: Reached): Arrival {
  if (number <= other.read) return "read";
  return number <= other.delivered ? "delivered" : "sent";
}

/** To be called with each key stroke; says it, but not more often than anybody could see. */
export function createTypist<Where extends unknown[]>(say: (...where: Where) => void): (...where: Where) => void {
  let saidAt = -Infinity;
  return (...where) => {
    if (performance.now() - saidAt < SAID_EVERY_MS) return;
    saidAt = performance.now();
    say(...where);
  };
}
