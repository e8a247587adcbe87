/** Full screen, where the browser has it: it asks for a click, so whoever calls this is a button. */

interface Keyboard {
  lock?: (keys: string[]) => Promise<void>;
}

export const offersFullScreen = (): boolean => document.fullscreenEnabled;
export const isFullScreen = (): boolean => document.fullscreenElement !== null;

/** Whether it is there afterwards. */
export async function enterFullScreen(): Promise<boolean> {
  if (!offersFullScreen()) return false;
  try {
    if (!isFullScreen()) await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    // Where it can be asked for, Escape closes a dialog as everywhere; held down it leaves full screen.
    await (navigator as { keyboard?: Keyboard }).keyboard?.lock?.(["Escape"]);
  } catch {
    return isFullScreen();
  }
  return true;
}

export async function leaveFullScreen(): Promise<void> {
  if (isFullScreen()) await document.exitFullscreen().catch(() => undefined);
}
