/** What a screen reader should say without the focus moving: one polite region for the whole page. */
import { useSyncExternalStore } from "react";

let said = { text: "", times: 0 };
const listeners = new Set<() => void>();

export function announce(text: string): void {
  said = { text, times: said.times + 1 };
  listeners.forEach((each) => each());
}

export function Announcer() {
  const { text, times } = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => said,
  );
  // A new element each time, so that the same words are said again.
  return (
    <div className="visually-hidden" aria-live="polite" role="status">
      <span key={times}>{text}</span>
    </div>
  );
}
