/** One person whole: how they stand, what happened, where their time went, what was said. */
import { Button, Group, Tabs } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { answerOf } from "../../api/client";
import { Answer } from "../app/Failure";
import { ActivityList } from "./ActivityFeed";
import { Chat } from "./Chat";
import { StatusCell } from "./columns";
import { useDashboard, useLive, type PersonTab } from "./context";
import { SideDialog } from "../app/Dialog";
import { Icon, type IconName } from "./icons";
import { Ledger } from "./Ledger";
import { Overview } from "./Overview";
import styles from "./person.module.css";
import { conversations } from "./rows";
import { Bubble } from "./Side";
import { useWords, type Key } from "./texts";
import type { Activity, InterventionKind, Row } from "./types";

interface Props {
  participantId: string;
  tab: PersonTab;
  turn: (tab: PersonTab) => void;
  close: () => void;
}

/** Somebody at work changes with every answer; what is fetched follows at this pace. */
const FOLLOW_MS = 1_500;

const DEEDS: readonly { kind: InterventionKind; icon: IconName; label: Key; phases: ReadonlySet<Row["phase"]> }[] = [
  { kind: "pause", icon: "pause", label: "live.pause", phases: new Set(["active"]) },
  { kind: "resume", icon: "play", label: "live.resume", phases: new Set(["paused"]) },
  { kind: "extend", icon: "clock", label: "live.extend", phases: new Set(["invited", "waiting", "active", "paused"]) },
  { kind: "reset", icon: "reset", label: "live.reset", phases: new Set(["active", "paused", "complete"]) },
  { kind: "end", icon: "check", label: "live.end-attempts", phases: new Set(["active", "paused"]) },
  { kind: "terminate", icon: "stop", label: "live.terminate", phases: new Set(["invited", "waiting", "active", "paused"]) },
];

export function PersonDrawer({ participantId, tab, turn, close }: Props) {
  const t = useWords();
  const { watch, ask, mayAct, me } = useDashboard();
  const { rows, messages, read } = useLive();
  const row = rows.get(participantId);
  const unread = useMemo(
    () => conversations({ messages, read }, me).find((each) => each.participantId === participantId)?.unread ?? 0,
    [messages, read, me, participantId],
  );
  if (row === undefined) return null;
  return (
    <SideDialog
      onClose={close}
      size={520}
      title={<bdi className={styles.name}>{row.name}</bdi>}
      overlayProps={{ backgroundOpacity: 0.25 }}
    >
      <div className={styles.head}>
        <StatusCell row={row} />
        {row.external_id !== null && <bdi className={styles.quiet}>{row.external_id}</bdi>}
      </div>
      {mayAct && (
        <Group gap={6} my="sm">
          {DEEDS.filter((each) => each.phases.has(row.phase)).map(({ kind, icon, label }) => (
            <Button
              key={kind}
              size="xs"
              variant="default"
              leftSection={<Icon name={icon} size={14} />}
              onClick={() => ask({ what: "intervention", kind, participantIds: [participantId] })}
            >
              {t(label)}
            </Button>
          ))}
          <Button size="xs" variant="default" leftSection={<Icon name="pen" size={14} />} onClick={() => ask({ what: "incident", participantIds: [participantId] })}>
            {t("live.incident")}
          </Button>
        </Group>
      )}
      <Tabs value={tab} onChange={(value) => turn((value ?? "overview") as PersonTab)} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="overview">{t("live.overview")}</Tabs.Tab>
          <Tabs.Tab value="timeline">{t("live.timeline")}</Tabs.Tab>
          <Tabs.Tab value="clock">{t("live.clock")}</Tabs.Tab>
          <Tabs.Tab value="chat" rightSection={<Bubble number={unread} />}>
            {t("live.chat")}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview" pt="md">
          <Followed row={row} tab="overview" />
        </Tabs.Panel>
        <Tabs.Panel value="timeline" pt="md">
          <TimelineOf row={row} />
        </Tabs.Panel>
        <Tabs.Panel value="clock" pt="md">
          <Followed row={row} tab="clock" />
        </Tabs.Panel>
        <Tabs.Panel value="chat" pt="md">
          <Chat participantId={participantId} watch={watch} />
        </Tabs.Panel>
      </Tabs>
    </SideDialog>
  );
}

/** The attempt as fetched, fetched anew whenever the row says that it changed. */
function Followed({ row, tab }: { row: Row; tab: "overview" | "clock" }) {
  const { watch } = useDashboard();
  const { participant_id, version } = row;
  const key = useMemo(() => ["live", "attempt", participant_id], [participant_id]);
  const query = useQuery({
    queryKey: key,
    queryFn: () => answerOf(watch.api.GET("/api/v1/attempts/{participant_id}", { params: { path: { participant_id } } })),
  });
  useFollowing(key, version);
  return (
    <Answer query={query}>
      {(attempt) => (tab === "overview" ? <Overview row={row} attempt={attempt} /> : <Ledger row={row} ledger={attempt.ledger} />)}
    </Answer>
  );
}

function TimelineOf({ row }: { row: Row }) {
  const t = useWords();
  const { watch } = useDashboard();
  const { participant_id, version } = row;
  const key = useMemo(() => ["live", "timeline", participant_id], [participant_id]);
  const query = useQuery({
    queryKey: key,
    queryFn: () => answerOf(watch.api.GET("/api/v1/attempts/{participant_id}/timeline", { params: { path: { participant_id } } })),
  });
  useFollowing(key, version);
  return (
    <Answer query={query}>
      {({ activities }) =>
        activities.length === 0 ? <p className={styles.quiet}>{t("live.no-activity")}</p> : <ActivityList activities={newestFirst(activities as Activity[])} within />
      }
    </Answer>
  );
}

function useFollowing(key: readonly string[], version: number): void {
  const queries = useQueryClient();
  useEffect(() => {
    const timer = setTimeout(() => void queries.invalidateQueries({ queryKey: key }), FOLLOW_MS);
    return () => clearTimeout(timer);
  }, [queries, key, version]);
}

const newestFirst = (activities: readonly Activity[]): Activity[] => activities.toSorted((one, other) => (one.at < other.at ? 1 : -1));
