/**
 * The server's time as this page knows it, independent of the computer's own clock.
 *
 * Each answered beat gives an estimate: the server's time lies between sending and hearing, so half the round trip is
 * taken off and half of it is the error. The best of the last few wins; between beats the browser's monotonic clock
 * carries on, which neither jumps nor can be set wrong.
 */
export interface ServerClock {
  /** Milliseconds since the epoch, as the server counts them. */
  now(): number;
  /** A beat was sent at `sentAt` (monotonic) and answered with `serverTime` (epoch ms). */
  observe(sentAt: number, serverTime: number): void;
  /** Largest possible error of `now()`, in milliseconds; Infinity before the first observation. */
  uncertainty(): number;
}

/** Enough to outlast a few slow answers; few enough that a drifting estimate is replaced within two minutes. */
const KEPT = 10;

interface Observation {
  offset: number;
  error: number;
}

export function createServerClock(monotonic: () => number = () => performance.now(), fallback: () => number = Date.now): ServerClock {
  const observations: Observation[] = [];
  let best: Observation | undefined;

  return {
    now: () => (best === undefined ? fallback() : Math.round(monotonic() + best.offset)),
    observe(sentAt, serverTime) {
      const heardAt = monotonic();
      observations.push({ offset: serverTime - (sentAt + heardAt) / 2, error: (heardAt - sentAt) / 2 });
      if (observations.length > KEPT) observations.shift();
      best = observations.reduce((smallest, each) => (each.error < smallest.error ? each : smallest));
    },
    uncertainty: () => best?.error ?? Infinity,
  };
}

/** What a countdown shows: whole seconds left, never negative; a started second counts as a second. */
export function secondsLeft(deadlineAt: number, now: number): number {
  return Math.max(0, Math.ceil((deadlineAt - now) / 1000));
}
