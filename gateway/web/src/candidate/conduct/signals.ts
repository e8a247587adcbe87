/**
 * What begins and ends, as the server is told of it: each change once, over again after a new connection. The server
 * counts the time; only what began while there was no line is measured here.
 */
import type { FromCandidate } from "../../api/types";

export type Signal = Extract<FromCandidate, { type: "signal" }>["signal"];
/** Whether it went out: without a line nothing does. */
export type Tell = (signal: Signal, more?: { count?: number; seconds?: number }) => boolean;

export interface Lasting {
  begin: () => void;
  end: () => void;
  /** There is a new line: the server asks nothing, so say it again. */
  again: () => void;
  lasts: () => boolean;
}

export function createLasting(begun: Signal, ended: Signal, tell: Tell, now: () => number): Lasting {
  let since: number | null = null;
  let told = false;
  return {
    begin() {
      if (since !== null) return;
      since = now();
      told = tell(begun);
    },
    end() {
      if (since === null) return;
      const seconds = told ? 0 : Math.round((now() - since) / 1000);
      since = null;
      tell(ended, seconds > 0 ? { seconds } : {});
    },
    again() {
      if (since !== null) told = tell(begun);
    },
    lasts: () => since !== null,
  };
}
