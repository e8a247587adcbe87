/** How the page looks to this person: remembered on this computer, applied to the document as attributes. */
import { useSyncExternalStore } from "react";

export interface Preferences {
  theme: "auto" | "light" | "dark";
  contrast: "auto" | "more";
  textSize: "100" | "125" | "150";
  timer: "shown" | "hidden";
}

const NAME = "examhall.preferences";
const USUAL: Preferences = { theme: "auto", contrast: "auto", textSize: "100", timer: "shown" };
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  try {
    return { ...USUAL, ...(JSON.parse(localStorage.getItem(NAME) ?? "{}") as Partial<Preferences>) };
  } catch {
    return USUAL;
  }
}

export function applyPreferences(): void {
  const { dataset } = document.documentElement;
  dataset.theme = current.theme;
  dataset.contrast = current.contrast;
  dataset.textSize = current.textSize;
}

export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(NAME, JSON.stringify(current));
  } catch {
    // A browser that keeps nothing still shows the page as chosen.
  }
  applyPreferences();
  listeners.forEach((each) => each());
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => current,
  );
}
