/** The system check: what was found, and plain advice where something is amiss. Nothing here keeps anybody out. */
import { Suspense, useCallback, useEffect, useState } from "react";
import { checkBrowser, checkFullScreen, checkNetwork, checkStorage, type Finding } from "../check";
import { ScreenCheck } from "../conduct/needed";
import { enterFullScreen } from "../fullScreen";
import { CameraRow } from "../identity/lazily";
import { Card } from "../parts";
import { useAttempt, useInside } from "../roomContext";
import { useWords, type Key } from "../texts";

const NAMES = ["browser", "storage", "network", "line"] as const;
const LOCKED = [...NAMES, "full-screen"] as const;

export function CheckPage() {
  const t = useWords();
  const { proceed } = useInside();
  const { line, session } = useAttempt();
  const needsCamera = session?.identity_verification === "required";
  const [camera, setCamera] = useState(false);
  const [found, setFound] = useState<readonly Finding[]>([]);
  const [round, setRound] = useState(0);

  const look = useCallback(async (add: (finding: Finding) => void) => {
    add(checkBrowser());
    add(await checkStorage());
    add(await checkNetwork());
  }, []);
  useEffect(() => {
    let current = true;
    void look((finding) => {
      if (current) setFound((before) => [...before.filter((each) => each.name !== finding.name), finding]);
    });
    return () => {
      current = false;
    };
  }, [look, round]);

  const security = session?.security;
  const locked = security?.lockdown === "in_page";
  const names = locked ? LOCKED : NAMES;
  const findings: Finding[] = [...found, ...(line === "online" ? [{ name: "line", verdict: "good" } as const] : []), checkFullScreen()];
  // Whether the screen is shared its own row says.
  const allGood =
    security?.screen_sharing !== "required" &&
    names.every((name) => findings.find((each) => each.name === name)?.verdict === "good") &&
    (camera || !needsCamera);
  const go = async () => {
    // The click is what browsers want to see before they give the whole screen.
    if (locked) await enterFullScreen();
    proceed("room");
  };
  return (
    <Card title={t("check.title")}>
      <p>{t("check.lead")}</p>
      <ul className="checks">
        {names.map((name) => (
          <Check key={name} name={name} finding={findings.find((each) => each.name === name)} />
        ))}
        {needsCamera && (
          <Suspense>
            <CameraRow key={round} report={setCamera} />
          </Suspense>
        )}
        {security?.screen_sharing === "required" && (
          <Suspense>
            <ScreenCheck />
          </Suspense>
        )}
      </ul>
      <p role="status">{allGood ? t("check.all-good") : ""}</p>
      <div className="actions">
        <button type="button" className="button button-main" onClick={() => void go()}>
          {t("check.go")}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            setFound([]);
            setRound(round + 1);
          }}
        >
          {t("check.again")}
        </button>
      </div>
    </Card>
  );
}

const SIGNS = { good: "✓", poor: "!", bad: "✕", looking: "…" } as const;

function Check({ name, finding }: { name: Finding["name"]; finding: Finding | undefined }) {
  const t = useWords();
  const verdict = finding?.verdict ?? "looking";
  const verdictKey: Key = `check.${verdict}`;
  return (
    <li className={`check check-${verdict}`}>
      <span className="check-sign" aria-hidden="true">
        {SIGNS[verdict]}
      </span>
      <div>
        <strong>{t(`check.${name}`)}</strong>{" "}
        <span className="quiet">
          {t(verdictKey)}
          {finding?.milliseconds !== undefined && ` · ${t("check.milliseconds", { count: finding.milliseconds })}`}
        </span>
        {(verdict === "poor" || verdict === "bad") && <p>{t(`check.${name}-advice`)}</p>}
      </div>
    </li>
  );
}
