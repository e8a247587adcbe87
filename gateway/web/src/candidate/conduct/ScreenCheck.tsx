/** The row of the system check about sharing the screen. It asks; it keeps nobody out. */
import type { Key } from "../texts";
import { useWords } from "../texts";
import type { Sharing } from "./sharing";
import { useScreenShare } from "./useConduct";

export function adviceOn(sharing: Sharing): Key {
  switch (sharing) {
    case "surface":
      return "sharing.surface";
    case "refused":
      return "sharing.refused";
    case "stopped":
      return "sharing.stopped";
    case "unavailable":
      return "sharing.unavailable";
    default:
      return "sharing.wanted";
  }
}

export function ScreenCheck() {
  const t = useWords();
  const { sharing, ask } = useScreenShare();
  const verdict = sharing === "on" ? "good" : sharing === "off" || sharing === "asking" ? "looking" : sharing === "unavailable" ? "poor" : "bad";
  return (
    <li className={`check check-${verdict}`}>
      <span className="check-sign" aria-hidden="true">
        {{ good: "✓", poor: "!", bad: "✕", looking: "…" }[verdict]}
      </span>
      <div>
        <strong>{t("check.screen")}</strong>{" "}
        <span className="quiet" role="status">
          {t(sharing === "on" ? "sharing.on" : "sharing.off")}
        </span>
        {sharing !== "on" && <p>{t(adviceOn(sharing))}</p>}
        {sharing !== "on" && sharing !== "unavailable" && (
          <button type="button" className="button" aria-disabled={sharing === "asking"} onClick={() => void ask()}>
            {t("sharing.ask")}
          </button>
        )}
      </div>
    </li>
  );
}
