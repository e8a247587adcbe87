/** Beside the table: what needs attention, what happened, what was said. */
import { Tabs } from "@mantine/core";
import { memo, useMemo } from "react";
import { count } from "../../i18n/moments";
import { ActivityFeed } from "./ActivityFeed";
import type { Alert } from "./alerts";
import { AlertTray } from "./AlertTray";
import { useDashboard, usePart } from "./context";
import { conversations } from "./rows";
import styles from "./side.module.css";
import { useWords } from "./texts";
import { Threads } from "./Threads";

export type SideTab = "alerts" | "activity" | "messages";

interface Props {
  tab: SideTab;
  turn: (tab: SideTab) => void;
  alerts: readonly Alert[];
  hide: (ids: readonly string[]) => void;
}

export const Side = memo(function Side({ tab, turn, alerts, hide }: Props) {
  const t = useWords();
  const messages = usePart((live) => live.messages);
  const read = usePart((live) => live.read);
  const { me } = useDashboard();
  const threads = useMemo(() => conversations({ messages, read }, me), [messages, read, me]);
  const unread = threads.reduce((sum, each) => sum + each.unread, 0);
  return (
    <Tabs value={tab} onChange={(value) => turn((value ?? "alerts") as SideTab)} className={styles.tabs} keepMounted={false} variant="default">
      <Tabs.List grow>
        <Tabs.Tab value="alerts" rightSection={<Bubble number={alerts.length} urgent />}>
          {t("live.alerts")}
        </Tabs.Tab>
        <Tabs.Tab value="activity">{t("live.activity")}</Tabs.Tab>
        <Tabs.Tab value="messages" rightSection={<Bubble number={unread} />}>
          {t("live.messages")}
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="alerts" className={styles.panel}>
        <AlertTray alerts={alerts} hide={hide} />
      </Tabs.Panel>
      <Tabs.Panel value="activity" className={styles.panel}>
        <ActivityFeed />
      </Tabs.Panel>
      <Tabs.Panel value="messages" className={styles.panel}>
        <Threads threads={threads} />
      </Tabs.Panel>
    </Tabs>
  );
});

export function Bubble({ number, urgent = false }: { number: number; urgent?: boolean }) {
  if (number === 0) return null;
  return (
    <span className={styles.bubble} data-urgent={urgent}>
      {count(number)}
    </span>
  );
}
