/** Where somebody's time went: each change of the clock, and that they add up to what is left. */
import { timeHere } from "../../i18n/moments";
import { balances } from "./balance";
import styles from "./person.module.css";
import { clockFace, remainingMs, signedClock } from "./tally";
import { useWords } from "./texts";
import { useTicking } from "./ticker";
import type { AttemptView, Row } from "./types";

export function Ledger({ row, ledger }: { row: Row; ledger: AttemptView["ledger"] }) {
  const t = useWords();
  const { lines, balanceMs } = balances(ledger);
  if (lines.length === 0) return <p className={styles.quiet}>{t("live.no-clock")}</p>;
  return (
    <div className={styles.scroll}>
      <table className={styles.ledger}>
        <caption className={styles.hidden}>{t("live.clock")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("live.ledger.what")}</th>
            <th scope="col" className={styles.amount}>
              {t("live.ledger.change")}
            </th>
            <th scope="col" className={styles.amount}>
              {t("live.ledger.balance")}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ entry, after }) => (
            <tr key={entry.entry_id}>
              <td>
                {t(`live.ledger.${entry.kind}`)}
                {(entry.since ?? null) !== null && ` ${t("live.ledger.between", { from: timeHere(entry.since ?? ""), to: timeHere(entry.at) })}`}
                <div className={styles.quiet}>
                  {timeHere(entry.at)} · <bdi>{entry.by.name}</bdi>
                  {entry.reason !== "" && (
                    <>
                      {" · "}
                      <bdi>{entry.reason}</bdi>
                    </>
                  )}
                </div>
              </td>
              <td className={styles.amount}>{signedClock(entry.milliseconds)}</td>
              <td className={styles.amount}>{signedClock(after)}</td>
            </tr>
          ))}
          <Running row={row} balanceMs={balanceMs} />
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("live.ledger.left")}</th>
            <td />
            <td className={styles.amount}>
              <Left row={row} balanceMs={balanceMs} />
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

/** The stretch that runs now is written down when the clock next stands. */
function Running({ row, balanceMs }: { row: Row; balanceMs: number }) {
  const t = useWords();
  const running = row.deadline_at !== null && row.phase === "active";
  const used = useTicking((now) => (running ? balanceMs - (remainingMs(row, now) ?? balanceMs) : null));
  if (used === null) return null;
  return (
    <tr>
      <td>{t("live.ledger.running")}</td>
      <td className={styles.amount}>{signedClock(-Math.floor(Math.max(0, used) / 1000) * 1000)}</td>
      <td />
    </tr>
  );
}

function Left({ row, balanceMs }: { row: Row; balanceMs: number }) {
  const shown = useTicking((now) => clockFace(remainingMs(row, now) ?? balanceMs));
  return <strong>{shown}</strong>;
}
