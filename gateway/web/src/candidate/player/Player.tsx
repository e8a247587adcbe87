/** The questions: one at a time, an overview beside them, and everything that may come between. */
import { useEffect, useRef, useState } from "react";
import type { AssessmentForm, Row } from "../../api/types";
import { announce } from "../announce";
import { placesOf } from "../attempt";
import { ItemCard } from "../items/ItemCard";
import { Heading, Notice, Working } from "../parts";
import { useAttempt, useCountdown, useInside } from "../roomContext";
import { problemText, useWords } from "../texts";
import { Arrived } from "./Help";
import { Overview } from "./Overview";
import { Review } from "./Review";

const WHERE = "examhall.item";
const REVIEW = "review";

export function Player({ row, openHelp }: { row: Row; openHelp: () => void }) {
  const t = useWords();
  const { room } = useInside();
  const { form, formProblem, warningMinutes } = useAttempt();
  const { up } = useCountdown();
  const paused = row.phase === "paused";

  // At the last second what is half typed becomes an answer: the server's grace is for exactly this.
  useEffect(() => {
    if (up || paused) void room.flush();
  }, [room, up, paused]);
  useEffect(() => {
    if (warningMinutes !== null) announce(t("timer.warning", { count: warningMinutes }));
  }, [warningMinutes, t]);

  return (
    <>
      <div className="notices">
        <Arrived open={openHelp} />
        {warningMinutes !== null && !up && (
          <Notice
            tone="warn"
            action={
              <button type="button" className="button button-quiet" onClick={room.dismissWarning}>
                {t("close")}
              </button>
            }
          >
            {t("timer.warning", { count: warningMinutes })}
          </Notice>
        )}
      </div>
      {paused && <Standing title={t("paused.title")} lead={t("paused.lead")} reason={row.pause_reason} />}
      {!paused && up && <Standing title={t(row.completes_at === null ? "up.title" : "up.ended")} lead={t("up.lead")} reason={null} working />}
      {!paused && !up && form === null && (
        <section className="item">
          {formProblem === null ? <Working text="player.fetching" /> : <Notice tone="bad">{problemText(formProblem)}</Notice>}
        </section>
      )}
      {!paused && !up && form !== null && <Questions form={form} row={row} />}
    </>
  );
}

function Standing({ title, lead, reason, working = false }: { title: string; lead: string; reason: string | null; working?: boolean }) {
  const t = useWords();
  return (
    <section className="card" role="status">
      <Heading>{title}</Heading>
      <p>{lead}</p>
      {reason !== null && <p>{t("paused.reason", { reason })}</p>}
      {working && <Working text="up.working" />}
    </section>
  );
}

function Questions({ form, row }: { form: AssessmentForm; row: Row }) {
  const t = useWords();
  const { room } = useInside();
  const attempt = useAttempt();
  const places = placesOf(form);
  const [where, setWhere] = useState(() => startingPlace(places.map((each) => each.itemId), row));
  const overview = useRef<HTMLDetailsElement>(null);
  const index = places.findIndex((each) => each.itemId === where);
  const place = places[index];

  useEffect(() => {
    sessionStorage.setItem(WHERE, where);
    if (where !== REVIEW) room.visit(where);
  }, [room, where]);

  function go(next: string): void {
    void room.flush();
    if (overview.current !== null && !window.matchMedia("(min-width: 64rem)").matches) overview.current.open = false;
    setWhere(next);
  }

  const section = form.sections.find((each) => each.section_id === place?.sectionId);
  const item = section?.items.find((each) => each.item_id === where);
  const flagged = attempt.flagged.has(where);
  const before = where === REVIEW ? places.at(-1) : places[index - 1];
  const next = places[index + 1];
  return (
    <div className="player">
      <details className="overview-box" ref={overview} open={window.matchMedia("(min-width: 64rem)").matches}>
        <summary>{t("overview.summary", { answered: Object.keys(attempt.responses).length, total: places.length })}</summary>
        <Overview form={form} attempt={attempt} current={where} go={go} />
      </details>
      <div className="player-main">
        {item === undefined || section === undefined || place === undefined ? (
          <Review form={form} go={go} />
        ) : (
          <ItemCard
            key={item.item_id}
            item={item}
            section={section}
            place={place}
            total={places.length}
            response={attempt.responses[item.item_id]}
            refused={attempt.refused[item.item_id]}
            respond={(response, typed = false) => room.respond(item.item_id, response, typed)}
            disabled={false}
          />
        )}
        <div className="steps">
          <button type="button" className="button" aria-disabled={before === undefined} onClick={() => before !== undefined && go(before.itemId)}>
            {t("player.back")}
          </button>
          {where !== REVIEW && (
            <button type="button" className="button" aria-pressed={flagged} onClick={() => room.flag(where, !flagged)}>
              <span aria-hidden="true">⚑</span> {t(flagged ? "player.unflag" : "player.flag")}
            </button>
          )}
          {where !== REVIEW && (
            <button type="button" className="button button-main" onClick={() => go(next?.itemId ?? REVIEW)}>
              {t(next === undefined ? "player.review" : "player.next")}
            </button>
          )}
        </div>
        {where !== REVIEW && next !== undefined && (
          <button type="button" className="button button-quiet to-review" onClick={() => go(REVIEW)}>
            {t("player.review")}
          </button>
        )}
      </div>
    </div>
  );
}

/** Where one was in this tab, else where the server saw one last, else the beginning. */
function startingPlace(itemIds: readonly string[], row: Row): string {
  const candidates = [sessionStorage.getItem(WHERE), row.item_id];
  const found = candidates.find((each) => each === REVIEW || (each !== null && itemIds.includes(each)));
  return found ?? itemIds[0] ?? REVIEW;
}
