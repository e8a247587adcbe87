/** What still needs somebody to look; it leaves the tray when somebody has seen to it, or it has settled by itself. */
import { Button } from "@mantine/core";
import { timeHere } from "../../i18n/moments";
import type { Alert } from "./alerts";
import { useDashboard } from "./context";
import { Icon, SEVERITY_ICONS } from "./icons";
import { alertText } from "./said";
import { useAcknowledging } from "./settling";
import styles from "./side.module.css";
import { useWords } from "./texts";

/** Nobody reads more at once; the most urgent come first. */
const SHOWN_MAX = 50;

/** `hide`: of what is no rule's alert, and therefore this browser's own concern. */
export function AlertTray({ alerts, hide }: { alerts: readonly Alert[]; hide: (ids: readonly string[]) => void }) {
  const t = useWords();
  const { mayAct } = useDashboard();
  const { pending, acknowledge } = useAcknowledging();
  if (alerts.length === 0) return <p className={styles.empty}>{t("live.no-alerts")}</p>;

  function done(those: readonly Alert[]): void {
    const raised = those.filter((each) => each.kind === "raised");
    const others = those.filter((each) => each.kind !== "raised");
    if (mayAct && raised.length > 0) acknowledge(raised);
    if (others.length > 0) hide(others.flatMap((each) => each.covers));
  }
  return (
    <>
      <ul className={styles.list} aria-label={t("live.alerts")}>
        {alerts.slice(0, SHOWN_MAX).map((alert) => (
          <Entry key={alert.id} alert={alert} done={() => done([alert])} pending={pending.has(alert.id)} />
        ))}
      </ul>
      {alerts.length > SHOWN_MAX && <p className={styles.empty}>{t("live.and-more", { count: alerts.length - SHOWN_MAX })}</p>}
      {alerts.length > 1 && (
        <Button size="compact-sm" variant="subtle" m="xs" onClick={() => done(alerts)}>
          {t("live.acknowledge-all")}
        </Button>
      )}
    </>
  );
}

function Entry({ alert, done, pending }: { alert: Alert; done: () => void; pending: boolean }) {
  const t = useWords();
  const { show, ask, mayAct } = useDashboard();
  const { participantId, kind, severity } = alert;
  const raised = kind === "raised";
  const name = <span className={styles.hidden}> {alert.name}</span>;
  return (
    <li className={styles.entry} data-severity={severity}>
      <span className={styles.mark}>
        <Icon name={kind === "hand" ? "hand" : raised ? SEVERITY_ICONS[severity] : "broken"} />
      </span>
      <div className={styles.said}>
        <span className={styles.hidden}>{t(`live.severity.${severity}`)}: </span>
        <bdi>{alertText(alert)}</bdi>
        <div className={styles.foot}>
          <time dateTime={alert.at}>{raised ? t("live.since", { at: timeHere(alert.at) }) : timeHere(alert.at)}</time>
          <span className={styles.spread} />
          {participantId !== null && (
            <Button size="compact-xs" variant="default" onClick={() => show(participantId, kind === "hand" ? "chat" : raised ? "timeline" : "overview")}>
              {t(kind === "hand" ? "live.answer" : "live.look")}
              {name}
            </Button>
          )}
          {raised && mayAct && (
            <Button size="compact-xs" variant="subtle" onClick={() => ask({ what: "dismiss", alert })}>
              {t("live.dismiss")}
              {name}
            </Button>
          )}
          {(!raised || mayAct) && (
            <Button size="compact-xs" variant="subtle" loading={pending} onClick={done}>
              {t("live.acknowledge")}
              {name}
            </Button>
          )}
        </div>
      </div>
    </li>
  );
}
