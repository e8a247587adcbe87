/** What still needs somebody to look; it leaves the tray when it is acknowledged or has settled by itself. */
import { Button } from "@mantine/core";
import { timeHere } from "../../i18n/moments";
import type { Alert } from "./alerts";
import { useDashboard } from "./context";
import { Icon, SEVERITY_ICONS } from "./icons";
import { said } from "./said";
import styles from "./side.module.css";
import { useWords } from "./texts";

/** Nobody reads more at once; the newest come first. */
const SHOWN_MAX = 50;

export function AlertTray({ alerts, acknowledge }: { alerts: readonly Alert[]; acknowledge: (ids: readonly string[]) => void }) {
  const t = useWords();
  const { show } = useDashboard();
  if (alerts.length === 0) return <p className={styles.empty}>{t("live.no-alerts")}</p>;
  return (
    <>
      <ul className={styles.list} aria-label={t("live.alerts")}>
        {alerts.slice(0, SHOWN_MAX).map((alert) => {
          const { participantId } = alert;
          return (
            <li key={alert.id} className={styles.entry} data-severity={alert.severity}>
              <span className={styles.mark}>
                <Icon name={alert.kind === "hand" ? "hand" : alert.kind === "raised" ? SEVERITY_ICONS[alert.severity] : "broken"} />
              </span>
              <div className={styles.said}>
                <span className={styles.hidden}>{t(`live.severity.${alert.severity}`)}: </span>
                <AlertText alert={alert} />
                <div className={styles.foot}>
                  <time dateTime={alert.at}>{timeHere(alert.at)}</time>
                  <span className={styles.spread} />
                  {participantId !== null && (
                    <Button size="compact-xs" variant="default" onClick={() => show(participantId, alert.kind === "hand" ? "chat" : "overview")}>
                      {t(alert.kind === "hand" ? "live.answer" : "live.look")}
                      <span className={styles.hidden}> {alert.name}</span>
                    </Button>
                  )}
                  <Button size="compact-xs" variant="subtle" onClick={() => acknowledge(alert.covers)}>
                    {t("live.acknowledge")}
                    <span className={styles.hidden}> {alert.name}</span>
                  </Button>
                </div>
              </div>
            </li>
          );
        })}
      </ul>
      {alerts.length > SHOWN_MAX && <p className={styles.empty}>{t("live.and-more", { count: alerts.length - SHOWN_MAX })}</p>}
      {alerts.length > 1 && (
        <Button size="compact-sm" variant="subtle" m="xs" onClick={() => acknowledge(alerts.flatMap((each) => each.covers))}>
          {t("live.acknowledge-all")}
        </Button>
      )}
    </>
  );
}

function AlertText({ alert }: { alert: Alert }) {
  const t = useWords();
  if (alert.kind === "hand")
    return (
      <>
        <bdi>{alert.name}</bdi>: {t("live.hand-raised")}
      </>
    );
  if (alert.kind === "many-away") return <>{t("live.many-away", { count: alert.covers.length })}</>;
  return <bdi>{alert.activity !== null && said(alert.activity)}</bdi>;
}
