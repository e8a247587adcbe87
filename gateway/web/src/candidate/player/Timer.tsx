/** The time that is left. Not announced each second: warnings are, and whoever wants it can ask. */
import { useEffect } from "react";
import { duration } from "../../i18n/moments";
import { announce } from "../announce";
import { clockFace, URGENT_SECONDS } from "../countdown";
import { prefer, usePreferences } from "../preferences";
import { useCountdown } from "../roomContext";
import { useWords } from "../texts";

export function Timer() {
  const t = useWords();
  const { left, up } = useCountdown();
  const { timer } = usePreferences();
  const hidden = timer === "hidden";
  useEffect(() => {
    if (left?.running === false && !up) announce(t("timer.stands"));
  }, [left?.running, up, t]);
  // The end of the session says it in words; a clock that still had time left would contradict them.
  if (left === null || (up && !left.running)) return null;
  const urgent = left.seconds <= URGENT_SECONDS;
  return (
    <div className={urgent ? "timer timer-urgent" : "timer"}>
      {!hidden && (
        <span role="timer" aria-live="off" aria-label={t("timer.left", { time: duration(left.seconds) })}>
          <span aria-hidden="true" dir="ltr">
            {clockFace(left.seconds)}
          </span>
        </span>
      )}
      {!left.running && <span className="quiet">{t("timer.stands")}</span>}
      <button
        type="button"
        className="button button-quiet"
        aria-pressed={hidden}
        onClick={() => {
          prefer({ timer: hidden ? "shown" : "hidden" });
          if (hidden) announce(t("timer.left", { time: duration(left.seconds) }));
        }}
      >
        {t(hidden ? "timer.show" : "timer.hide")}
      </button>
    </div>
  );
}
