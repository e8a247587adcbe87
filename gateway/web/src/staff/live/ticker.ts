/** One timer for everything on the page that counts seconds. */
import { useSyncExternalStore } from "react";
import { useDashboard } from "./context";

const listeners = new Set<() => void>();
/** Often enough that no second is skipped; what shows whole seconds renders anew only when they change. */
const TICK_MS = 500;
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((each) => each()), TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** What `look` makes of the server's time; renders anew only when that changes, so let it return a text or a number. */
export function useTicking<Shown extends string | number | boolean | null>(look: (now: number) => Shown): Shown {
  const { clock } = useDashboard().watch;
  return useSyncExternalStore(subscribe, () => look(clock.now()));
}
