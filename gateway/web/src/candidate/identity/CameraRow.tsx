/** The camera's line in the system check: tried by switching it on for a moment. */
import { useEffect, useState } from "react";
import { close, openCamera, problemOf, type CameraProblem } from "./camera";
import { useWords as useShared } from "../texts";
import { useWords } from "./texts";

type Verdict = "good" | CameraProblem;

const SIGNS = { good: "✓", poor: "!", looking: "…" } as const;

/** Nobody is kept out for want of a camera: pictures may also come from files. */
export function CameraRow({ report }: { report: (good: boolean) => void }) {
  const t = useWords();
  const shared = useShared();
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  useEffect(() => {
    let current = true;
    openCamera("face").then(
      (stream) => {
        close(stream);
        if (current) setVerdict("good");
      },
      (error: unknown) => {
        if (current) setVerdict(problemOf(error));
      },
    );
    return () => {
      current = false;
    };
  }, []);
  useEffect(() => report(verdict === "good"), [verdict, report]);
  const shown = verdict === null ? "looking" : verdict === "good" ? "good" : "poor";
  return (
    <li className={`check check-${shown}`}>
      <span className="check-sign" aria-hidden="true">
        {SIGNS[shown]}
      </span>
      <div>
        <strong>{t("check.camera")}</strong> <span className="quiet">{shared(`check.${shown}`)}</span>
        {verdict !== null && verdict !== "good" && <p>{t(`check.camera-advice.${verdict}`)}</p>}
      </div>
    </li>
  );
}
