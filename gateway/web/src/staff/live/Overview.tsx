/** How one person stands: the facts of the row, and their answers section by section. Never what was answered. */
import { momentHere, timeHere } from "../../i18n/moments";
import { RemainingCell } from "./columns";
import { useLive } from "./context";
import styles from "./person.module.css";
import { useWords } from "./texts";
import type { AttemptView, Row } from "./types";

export function Overview({ row, attempt }: { row: Row; attempt: AttemptView }) {
  const t = useWords();
  return (
    <>
      <dl className={styles.facts}>
        <dt>{t("live.column.remaining")}</dt>
        <dd>
          <RemainingCell row={row} />
        </dd>
        <dt>{t("live.column.connection")}</dt>
        <dd>
          {t(row.connected ? "live.connected" : "live.away")}
          {!row.connected && row.last_seen_at !== null && ` · ${t("live.last-seen", { at: momentHere(row.last_seen_at) })}`}
        </dd>
        {row.pause_reason !== null && (
          <>
            <dt>{t("live.paused-because")}</dt>
            <dd>
              <bdi>{row.pause_reason}</bdi>
            </dd>
          </>
        )}
        {row.began_at !== null && (
          <>
            <dt>{t("live.began")}</dt>
            <dd>{timeHere(row.began_at)}</dd>
          </>
        )}
        {row.completed_at !== null && (
          <>
            <dt>{t("live.completed")}</dt>
            <dd>
              {timeHere(row.completed_at)}
              {row.completion_reason !== null && ` · ${t(`live.because.${row.completion_reason}`)}`}
            </dd>
          </>
        )}
        <dt>{t("live.column.attempts")}</dt>
        <dd>{row.attempt_number}</dd>
        <dt>{t("live.column.alerts")}</dt>
        <dd>{row.alerts}</dd>
      </dl>
      <Sections row={row} attempt={attempt} />
    </>
  );
}

function Sections({ row, attempt }: { row: Row; attempt: AttemptView }) {
  const t = useWords();
  const { session } = useLive();
  const answered = new Set(attempt.responses.map((each) => each.item_id));
  const flagged = new Set(attempt.flagged_items);
  return (
    <section aria-label={t("live.answers")}>
      {session?.outline.map((section) => {
        const done = section.items.filter((each) => answered.has(each.item_id)).length;
        return (
          <div key={section.section_id} className={styles.section}>
            <h3 className={styles.sectionTitle}>
              <bdi>{section.title}</bdi>
              <span className={styles.number}>
                {done}/{section.items.length}
              </span>
            </h3>
            <ol className={styles.items}>
              {section.items.map((item, index) => {
                const state = answered.has(item.item_id) ? "answered" : "open";
                const marks = [
                  t(`live.item.${state}`),
                  ...(flagged.has(item.item_id) ? [t("live.item.flagged")] : []),
                  ...(row.item_id === item.item_id && row.phase !== "complete" ? [t("live.item.here")] : []),
                ];
                return (
                  <li
                    key={item.item_id}
                    className={styles.item}
                    data-state={state}
                    data-flagged={flagged.has(item.item_id)}
                    data-here={row.item_id === item.item_id && row.phase !== "complete"}
                    title={`${index + 1}. ${item.title}: ${marks.join(", ")}`}
                  >
                    <span aria-hidden="true">{index + 1}</span>
                    <span className={styles.hidden}>
                      {item.title}: {marks.join(", ")}
                    </span>
                  </li>
                );
              })}
            </ol>
          </div>
        );
      })}
      <p className={styles.legend} aria-hidden="true">
        <span className={styles.item} data-state="answered" /> {t("live.item.answered")}
        <span className={styles.item} data-state="open" /> {t("live.item.open")}
        <span className={styles.item} data-state="open" data-flagged="true" /> {t("live.item.flagged")}
        <span className={styles.item} data-state="open" data-here="true" /> {t("live.item.here")}
      </p>
    </section>
  );
}
