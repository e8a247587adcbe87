/** Looks out for what the session asks for, and tells the server. Nothing is judged here. */
import type { CandidateSession } from "../../api/types";
import { isFullScreen, offersFullScreen } from "../fullScreen";
import { watchClipboard } from "./clipboard";
import { createLasting, type Lasting, type Tell } from "./signals";

/** A dialog of the browser, an input method or a click beside the page takes the focus for less than this. */
const BLUR_MS = 1_000;
/** What is copied or pasted within this time is told together. */
const GATHER_MS = 2_000;

export interface Observer {
  /** There is a new line. */
  again: () => void;
  /** The browser itself asks something, on behalf of the page: the focus it takes is not the candidate's doing. */
  excuse: (asking: boolean) => void;
  stop: () => void;
}

export function observe({ observed, lockdown }: CandidateSession["security"], tell: Tell, now = () => performance.now()): Observer {
  const stops: (() => void)[] = [];
  const lasting: Lasting[] = [];
  let excused = false;

  function on(target: EventTarget, name: string, listener: () => void): void {
    target.addEventListener(name, listener);
    stops.push(() => target.removeEventListener(name, listener));
  }

  if (observed.includes("focus_lost")) {
    const away = createLasting("focus_lost", "focus_regained", tell, now);
    lasting.push(away);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") away.begin();
      else if (document.hasFocus()) away.end();
      else timer = setTimeout(() => !document.hasFocus() && !excused && away.begin(), BLUR_MS);
    };
    on(document, "visibilitychange", look);
    on(window, "blur", look);
    on(window, "focus", look);
    stops.push(() => clearTimeout(timer));
    look();
  }

  if (lockdown === "in_page" && offersFullScreen()) {
    const left = createLasting("full_screen_left", "full_screen_entered", tell, now);
    lasting.push(left);
    const look = () => (isFullScreen() ? left.end() : left.begin());
    on(document, "fullscreenchange", look);
    look();
  }

  const clipboardTold = observed.includes("clipboard_used");
  if (clipboardTold || lockdown === "in_page") {
    let count = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const told = () => {
      timer = undefined;
      if (count > 0 && tell("clipboard_used", { count })) count = 0;
    };
    stops.push(
      watchClipboard(lockdown === "in_page", () => {
        if (!clipboardTold) return;
        count += 1;
        timer ??= setTimeout(told, GATHER_MS);
      }),
      () => clearTimeout(timer),
    );
    // What could not be told for want of a line is told over the next one.
    lasting.push({ begin: told, end: told, again: told, lasts: () => count > 0 });
  }

  return {
    again: () => lasting.forEach((each) => each.again()),
    excuse(asking) {
      excused = asking;
    },
    stop: () => stops.forEach((stop) => stop()),
  };
}
