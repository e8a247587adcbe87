/** Single keys for what a proctor does often. They can be switched off, and never fire while somebody types. */
import { useEffect, useRef } from "react";
import type { Key } from "./texts";

export type Shortcut = "search" | "table" | "pause" | "resume" | "extend" | "message" | "incident" | "alerts" | "messages" | "none" | "help";

export const SHORTCUTS: readonly { shortcut: Shortcut; key: string; shown: string; label: Key }[] = [
  { shortcut: "search", key: "/", shown: "/", label: "live.key.search" },
  { shortcut: "table", key: "t", shown: "T", label: "live.key.table" },
  { shortcut: "pause", key: "p", shown: "P", label: "live.key.pause" },
  { shortcut: "resume", key: "r", shown: "R", label: "live.key.resume" },
  { shortcut: "extend", key: "e", shown: "E", label: "live.key.extend" },
  { shortcut: "message", key: "m", shown: "M", label: "live.key.message" },
  { shortcut: "incident", key: "i", shown: "I", label: "live.key.incident" },
  { shortcut: "alerts", key: "a", shown: "A", label: "live.key.alerts" },
  { shortcut: "messages", key: "c", shown: "C", label: "live.key.messages" },
  { shortcut: "none", key: "x", shown: "X", label: "live.key.none" },
  { shortcut: "help", key: "?", shown: "?", label: "live.key.help" },
];

const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], [role=dialog], [role=menu]";

export function useShortcuts(on: boolean, press: (shortcut: Shortcut) => void): void {
  const newest = useRef(press);
  useEffect(() => {
    newest.current = press;
  });
  useEffect(() => {
    if (!on) return;
    function pressed(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest(TYPING) !== null) return;
      // What had the focus in a dialog may be gone; its keys still are not meant for what lies behind it.
      if (document.querySelector("[role=dialog][aria-modal=true]") !== null) return;
      const found = SHORTCUTS.find((each) => each.key === event.key.toLowerCase());
      if (found === undefined) return;
      event.preventDefault();
      newest.current(found.shortcut);
    }
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [on]);
}
