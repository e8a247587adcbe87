/** Before handing in: what is open, what is flagged, and whether everything has arrived. */
import { useState } from "react";
import type { AssessmentForm } from "../../api/types";
import { placesOf, savingOf, type Place } from "../attempt";
import { Dialog, Heading, Notice } from "../parts";
import { useAttempt, useInside } from "../roomContext";
import { problemText, useWords } from "../texts";

interface ReviewProps {
  form: AssessmentForm;
  go: (itemId: string) => void;
}

type Handing = "no" | "asked" | "underway";

export function Review({ form, go }: ReviewProps) {
  const t = useWords();
  const { room } = useInside();
  const attempt = useAttempt();
  const [handing, setHanding] = useState<Handing>("no");
  const [problem, setProblem] = useState<string | null>(null);
  const places = placesOf(form);
  const open = places.filter(({ itemId }) => attempt.responses[itemId] === undefined);
  const flagged = places.filter(({ itemId }) => attempt.flagged.has(itemId));
  const saving = savingOf(attempt);

  async function handIn(): Promise<void> {
    setHanding("underway");
    setProblem(null);
    try {
      await room.submit();
    } catch (refusal) {
      setProblem((refusal as { problem?: string }).problem ?? "other");
      setHanding("no");
    }
  }

  return (
    <section className="item">
      <Heading>{t("review.title")}</Heading>
      <p>{t("review.answered", { answered: places.length - open.length, total: places.length })}</p>
      <Places title={t("review.open", { count: open.length })} places={open} go={go} />
      <Places title={t("review.flagged", { count: flagged.length })} places={flagged} go={go} />
      {open.length === 0 && flagged.length === 0 && <Notice tone="good">{t("review.complete")}</Notice>}
      {saving === "offline" && <Notice tone="warn">{t("review.offline")}</Notice>}
      {problem !== null && (
        <Notice tone="bad">
          <span role="alert">{problemText(problem)}</span>
        </Notice>
      )}
      <div className="actions">
        <button type="button" className="button button-main" aria-disabled={handing === "underway"} onClick={() => handing === "no" && setHanding("asked")}>
          {t(handing === "underway" ? "review.underway" : "review.hand-in")}
        </button>
      </div>
      {handing === "underway" && (
        <p role="status">{saving === "saved" ? t("review.underway-lead") : t("review.waiting", { count: Math.max(1, attempt.unsaved) })}</p>
      )}
      {handing === "asked" && (
        <Dialog title={t("review.sure")} close={() => setHanding((before) => (before === "asked" ? "no" : before))}>
          <p>{open.length === 0 ? t("review.sure-lead") : t("review.sure-open", { count: open.length })}</p>
          <div className="actions">
            <button type="button" className="button button-main" onClick={() => void handIn()}>
              {t("review.hand-in")}
            </button>
            <button type="button" className="button" onClick={() => setHanding("no")}>
              {t("review.not-yet")}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

function Places({ title, places, go }: { title: string; places: readonly Place[]; go: (itemId: string) => void }) {
  const t = useWords();
  if (places.length === 0) return null;
  return (
    <div className="places">
      <h2>{title}</h2>
      <ul>
        {places.map(({ itemId, number }) => (
          <li key={itemId}>
            <button type="button" className="cell" aria-label={t("overview.question", { number })} onClick={() => go(itemId)}>
              {number}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
