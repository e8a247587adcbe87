/** After the questions, or instead of them: the receipt, the result, and why one cannot go on here. */
import { useEffect, useState } from "react";
import { answerOf } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { CandidateResult, Row } from "../../api/types";
import { count, momentHere } from "../../i18n/moments";
import { Markdown } from "../Markdown";
import { Card, Facts, Notice } from "../parts";
import { useAttempt, useInside } from "../roomContext";
import { api } from "../seat";
import { problemText, useWords, type Key } from "../texts";

export function ReceiptPage({ row }: { row: Row }) {
  const t = useWords();
  const { signOut } = useInside();
  const { session, refused, unsaved } = useAttempt();
  const reason = row.completion_reason ?? "submitted";
  const reasonKey: Key = `receipt.${reason}`;
  const late = Object.keys(refused).length;
  return (
    <Card title={t(reason === "submitted" ? "receipt.title" : "receipt.over")}>
      <p>{t(reasonKey)}</p>
      <Facts
        facts={[
          [t("confirm.name"), row.name],
          ...(row.completed_at === null ? [] : [[t("receipt.at"), momentHere(row.completed_at)] as const]),
          [t("receipt.answers"), t("receipt.answers-of", { answered: count(row.answered), total: count(row.total) })],
          ...(row.responses_digest === null
            ? []
            : [
                [
                  t("receipt.digest"),
                  <code key="digest" className="digest" dir="ltr">
                    {row.responses_digest}
                  </code>,
                ] as const,
              ]),
        ]}
      />
      {row.responses_digest !== null && <p className="quiet">{t("receipt.digest-what")}</p>}
      {late > 0 && <Notice tone="warn">{t("receipt.late", { count: late })}</Notice>}
      {unsaved > 0 && <Notice tone="warn">{t("receipt.unsaved", { count: unsaved })}</Notice>}
      {session !== null && session.instructions_after !== "" && <Markdown text={session.instructions_after} />}
      <Result />
      {session !== null && session.support_contact !== "" && (
        <p className="quiet">
          {t("support")}: {session.support_contact}
        </p>
      )}
      <div className="actions no-print">
        <button type="button" className="button" onClick={() => window.print()}>
          {t("receipt.print")}
        </button>
        <button type="button" className="button" onClick={signOut}>
          {t("sign-out")}
        </button>
      </div>
    </Card>
  );
}

/** A result may take minutes or weeks: asked for often at first, then seldom. */
const FIRST_PAUSE_MS = 5_000;
const LAST_PAUSE_MS = 60_000;

function useResult(): CandidateResult | null {
  const [result, setResult] = useState<CandidateResult | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let stopped = false;
    async function ask(pause: number): Promise<void> {
      try {
        const released = await answerOf(api.GET("/api/v1/candidate/result"));
        if (!stopped) setResult(released);
        return;
      } catch (error) {
        if (asProblem(error).status === 403) return;
      }
      if (!stopped) timer = setTimeout(() => void ask(Math.min(LAST_PAUSE_MS, pause * 1.5)), pause);
    }
    void ask(FIRST_PAUSE_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);
  return result;
}

function Result() {
  const t = useWords();
  const result = useResult();
  return (
    <div className="result" role="status">
      <h2>{t("result.title")}</h2>
      {result === null ? (
        <p>{t("result.not-yet")}</p>
      ) : (
        <>
          <p className="result-percent">{t("result.percent", { percent: decimal(result.percent) })}</p>
          <p>
            <strong>{t(result.passed ? "result.passed" : "result.not-passed")}</strong>{" "}
            {t("result.points", { points: decimal(result.points), available: decimal(result.points_available) })}{" "}
            {t("result.mark", { percent: decimal(result.pass_mark_percent) })}
          </p>
        </>
      )}
    </div>
  );
}

/** Points come as text, exactly; people read at most two decimals. */
const decimal = (text: string): string => count(Math.round(Number(text) * 100) / 100);

export function ReplacedPage() {
  const t = useWords();
  const { signOut } = useInside();
  return (
    <Card title={t("replaced.title")}>
      <p>{t("replaced.lead")}</p>
      <div className="actions">
        <button type="button" className="button button-main" onClick={() => location.reload()}>
          {t("replaced.here")}
        </button>
        <button type="button" className="button" onClick={signOut}>
          {t("sign-out")}
        </button>
      </div>
    </Card>
  );
}

const MAY_COME_BACK: ReadonlySet<string> = new Set(["sign-in-expired", "not-signed-in"]);

export function ClosedPage({ problem }: { problem: string }) {
  const t = useWords();
  const { signOut, comeBack } = useInside();
  const { session } = useAttempt();
  const back = MAY_COME_BACK.has(problem);
  return (
    <Card title={t(back ? "closed.expired" : "closed.title")}>
      <p>{problemText(problem)}</p>
      {session !== null && session.support_contact !== "" && (
        <p>
          {t("support")}: {session.support_contact}
        </p>
      )}
      <div className="actions">
        {back && (
          <button type="button" className="button button-main" onClick={comeBack}>
            {t("closed.continue")}
          </button>
        )}
        <button type="button" className="button" onClick={signOut}>
          {t("sign-out")}
        </button>
      </div>
    </Card>
  );
}
