/** What happened in the session, newest first. */
import { NativeSelect } from "@mantine/core";
import { memo, useMemo, useState } from "react";
import { timeHere } from "../../i18n/moments";
import { useDashboard, usePart } from "./context";
import { Icon, SEVERITY_ICONS } from "./icons";
import { said } from "./said";
import styles from "./side.module.css";
import { useWords } from "./texts";
import type { Activity } from "./types";

const GROUPS = ["all", "deeds", "time", "connections", "completions", "alerts"] as const;
type Group = (typeof GROUPS)[number];

const IN_GROUP: Readonly<Record<Exclude<Group, "all" | "alerts">, ReadonlySet<string>>> = {
  deeds: new Set(["attempt.paused", "attempt.resumed", "attempt.time-extended", "attempt.was-reset", "attempt.admitted", "incident.recorded"]),
  time: new Set(["attempt.time-extended", "attempt.warned", "attempt.ending"]),
  connections: new Set(["attempt.connected", "attempt.disconnected"]),
  completions: new Set(["attempt.completed"]),
};

/** Enough to scroll back through; older lines are in the report. */
const SHOWN_MAX = 150;

function belongs({ type, severity }: Activity, group: Group): boolean {
  if (group === "all") return true;
  return group === "alerts" ? severity !== "notice" || type.startsWith("alert.") : IN_GROUP[group].has(type);
}

export function ActivityFeed() {
  const t = useWords();
  const activities = usePart((live) => live.activities);
  const [group, setGroup] = useState<Group>("all");
  const shown = useMemo(() => activities.filter((each) => belongs(each, group)).slice(0, SHOWN_MAX), [activities, group]);
  return (
    <>
      <div className={styles.filter}>
        <NativeSelect
          size="xs"
          aria-label={t("live.activity-filter")}
          value={group}
          onChange={(event) => setGroup(event.currentTarget.value as Group)}
          data={GROUPS.map((each) => ({ value: each, label: t(`live.group.${each}`) }))}
        />
      </div>
      {shown.length === 0 && <p className={styles.empty}>{t("live.no-activity")}</p>}
      <ActivityList activities={shown} />
    </>
  );
}

export const ActivityList = memo(function ActivityList({ activities, within = false }: { activities: readonly Activity[]; within?: boolean }) {
  const t = useWords();
  const { show } = useDashboard();
  return (
    <ol className={styles.list} aria-label={t("live.activity")}>
      {activities.map((activity) => {
        const { activity_id, at, severity, by, participant_id: participantId } = activity;
        return (
          <li key={activity_id} className={styles.entry} data-severity={severity}>
            <span className={styles.mark}>
              <Icon name={SEVERITY_ICONS[severity]} size={14} />
            </span>
            <div className={styles.said}>
              {severity !== "notice" && <span className={styles.hidden}>{t(`live.severity.${severity}`)}: </span>}
              {participantId === null || within ? (
                <bdi>{said(activity)}</bdi>
              ) : (
                <button type="button" className={styles.link} onClick={() => show(participantId)}>
                  <bdi>{said(activity)}</bdi>
                </button>
              )}
              <div className={styles.foot}>
                <time dateTime={at}>{timeHere(at)}</time>
                {by !== null && (
                  <>
                    {" · "}
                    <bdi>{by}</bdi>
                  </>
                )}
              </div>
            </div>
          </li>
        );
      })}
    </ol>
  );
});
