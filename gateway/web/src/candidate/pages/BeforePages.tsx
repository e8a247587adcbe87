/** Between the door and the questions: what to know, and waiting for the start. */
import { duration, momentHere, momentThere } from "../../i18n/moments";
import { Markdown } from "../Markdown";
import { enterFullScreen } from "../fullScreen";
import { Card, Facts, Notice, Working } from "../parts";
import { useAttempt, useInside } from "../roomContext";
import { useWords } from "../texts";
import { Observed } from "./Observed";

export function InstructionsPage() {
  const t = useWords();
  const { proceed } = useInside();
  const { session, row } = useAttempt();
  const begun = row?.phase === "active";
  if (session === null) {
    return (
      <Card title={t("instructions.title")}>
        <Working text="connecting" />
      </Card>
    );
  }
  const there = momentThere(session.scheduled_at, session.time_zone);
  const go = async () => {
    if (begun && session.security.lockdown === "in_page") await enterFullScreen();
    proceed(begun ? "room" : "check");
  };
  return (
    <Card title={session.name}>
      <Facts
        facts={[
          [t("instructions.assessment"), session.assessment_title],
          [t("instructions.questions"), t("instructions.count", { count: session.items })],
          [t("instructions.limit"), duration((row?.limit_ms ?? session.time_limit_seconds * 1000) / 1000)],
          [
            t("instructions.when"),
            <>
              {momentHere(session.scheduled_at)}
              {there !== null && <span className="quiet block">{there}</span>}
            </>,
          ],
        ]}
      />
      {session.instructions_before !== "" && <Markdown text={session.instructions_before} />}
      <h2>{t("instructions.good-to-know")}</h2>
      <ul className="list">
        <li>{t("instructions.saved")}</li>
        <li>{t("instructions.lost")}</li>
        <li>{t("instructions.help")}</li>
      </ul>
      <Observed security={session.security} />
      {begun && <Notice tone="warn">{t("instructions.running")}</Notice>}
      <div className="actions">
        <button type="button" className="button button-main" onClick={() => void go()}>
          {begun ? t("instructions.start") : t("instructions.go")}
        </button>
      </div>
    </Card>
  );
}

export function WaitingPage() {
  const t = useWords();
  const { session, row } = useAttempt();
  const invited = row?.phase === "invited";
  if (row === null) {
    return (
      <Card title={t("waiting.title")}>
        <Working text="connecting" />
      </Card>
    );
  }
  const there = session === null ? null : momentThere(session.scheduled_at, session.time_zone);
  return (
    <Card title={invited ? t("waiting.admission") : t("waiting.title")}>
      <p>{invited ? t("waiting.admission-lead") : t("waiting.lead")}</p>
      <Working text={invited ? "waiting.admission-status" : "waiting.status"} />
      {session !== null && (
        <Facts
          facts={[
            [
              t("instructions.when"),
              <>
                {momentHere(session.scheduled_at)}
                {there !== null && <span className="quiet block">{there}</span>}
              </>,
            ],
            ...(session.support_contact === "" ? [] : [[t("support"), session.support_contact] as const]),
          ]}
        />
      )}
      <p className="quiet">{t("waiting.stay")}</p>
    </Card>
  );
}
