/**
 * Around the waiting room and the questions: looks out for what the session asks for, covers the questions while full
 * screen is left, and asks again for a screen that is no longer shared. What was typed stays where it is underneath.
 */
import { useEffect, useRef, type ReactNode } from "react";
import { Card, Notice } from "../parts";
import { enterFullScreen, offersFullScreen } from "../fullScreen";
import { useAttempt, useInside } from "../roomContext";
import { useWords } from "../texts";
import { adviceOn } from "./ScreenCheck";
import { useObserver, useScreenShare } from "./useConduct";

export function Guard({ children }: { children: ReactNode }) {
  const t = useWords();
  const { room } = useInside();
  const { session, row } = useAttempt();
  const { sharing, ask } = useScreenShare();
  const whole = useObserver(sharing === "asking");
  const locked = session?.security.lockdown === "in_page";
  const covered = locked && offersFullScreen() && !whole && row?.phase === "active";
  const beneath = useRef<HTMLDivElement>(null);
  const focused = useRef<Element | null>(null);

  useEffect(() => {
    document.documentElement.classList.toggle("locked", locked);
    return () => document.documentElement.classList.remove("locked");
  }, [locked]);
  useEffect(() => {
    if (!covered) return;
    focused.current = beneath.current?.contains(document.activeElement) === true ? document.activeElement : null;
    void room.flush();
    // The keyboard goes on where it was.
    return () => void requestAnimationFrame(() => focused.current instanceof HTMLElement && focused.current.focus());
  }, [covered, room]);

  const wanted = session?.security.screen_sharing === "required" && sharing !== "on";
  return (
    <>
      {wanted && (
        <div className="notices" role="status">
          <Notice
            tone="bad"
            action={
              sharing !== "unavailable" && (
                <button type="button" className="button button-main" aria-disabled={sharing === "asking"} onClick={() => void ask()}>
                  {t("sharing.ask")}
                </button>
              )
            }
          >
            {t(sharing === "unavailable" ? "sharing.unavailable" : adviceOn(sharing))}
          </Notice>
        </div>
      )}
      {covered && (
        <Card title={t("cover.title")}>
          <p>{t("cover.lead")}</p>
          <div className="actions">
            <button type="button" className="button button-main" onClick={() => void enterFullScreen()}>
              {t("cover.return")}
            </button>
          </div>
        </Card>
      )}
      <div ref={beneath} hidden={covered}>
        {children}
      </div>
    </>
  );
}
