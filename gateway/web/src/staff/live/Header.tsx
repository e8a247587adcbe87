/** The head of the dashboard: which session, how it stands, how many people, how long still, and is this page up to date. */
import { Button, Group, Title } from "@mantine/core";
import { memo, useEffect, useMemo, useRef, type ReactNode } from "react";
import { count } from "../../i18n/moments";
import { useConnected, useDashboard, usePart, type Step } from "./context";
import { Icon, type IconName } from "./icons";
import styles from "./live.module.css";
import { clockFace, sessionDeadline, tally } from "./tally";
import { problemText, useWords, type Key } from "./texts";
import { useTicking } from "./ticker";
import type { SessionState } from "./types";

interface StepButton {
  step: Step;
  icon: IconName;
  label: Key;
  look: "filled" | "default";
}

const PAUSE: StepButton = { step: "pause", icon: "pause", label: "live.step.pause", look: "default" };
const END: StepButton = { step: "end", icon: "stop", label: "live.step.end", look: "default" };
const STEPS: Partial<Record<SessionState, readonly StepButton[]>> = {
  scheduled: [{ step: "open", icon: "door", label: "live.step.open", look: "filled" }],
  open: [{ step: "start", icon: "play", label: "live.step.start", look: "filled" }],
  running: [PAUSE, END],
  paused: [{ step: "resume", icon: "play", label: "live.step.resume", look: "filled" }, END],
};

export function Header({ children }: { children: ReactNode }) {
  const t = useWords();
  const session = usePart((live) => live.session);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <header className={styles.header}>
      <div className={styles.headline}>
        <Title order={1} size="h3" ref={heading} tabIndex={-1} className={styles.title}>
          {session === null ? t("live.loading") : <bdi>{session.settings.name}</bdi>}
        </Title>
        {session !== null && (
          <span className={styles.state} data-state={session.state}>
            {t(`live.state.${session.state}`)}
          </span>
        )}
        <PageLine />
        <span className={styles.spread} />
        <Group gap="xs">
          {session !== null && <Steps state={session.state} />}
          {children}
        </Group>
      </div>
      <Figures />
    </header>
  );
}

const Steps = memo(function Steps({ state }: { state: SessionState }) {
  const t = useWords();
  const { mayAct, ask } = useDashboard();
  if (!mayAct) return null;
  return (STEPS[state] ?? []).map(({ step, icon, label, look }) => (
    <Button key={step} size="sm" variant={look} leftSection={<Icon name={icon} />} onClick={() => ask({ what: "step", step })}>
      {t(label)}
    </Button>
  ));
});

function Figures() {
  const t = useWords();
  const people = usePart((live) => live.people);
  const numbers = useMemo(() => tally(people), [people]);
  return (
    <dl className={styles.figures}>
      <Figure label={t("live.connected-count")} value={`\u2066${count(numbers.connected)} / ${count(numbers.everybody)}\u2069`} />
      <Figure label={t("live.status.In Session")} value={count(numbers.by["In Session"])} />
      <Figure label={t("live.status.Waiting")} value={count(numbers.by.Waiting)} />
      <Figure label={t("live.status.Paused")} value={count(numbers.by.Paused)} />
      <Figure label={t("live.status.Disconnected")} value={count(numbers.by.Disconnected)} bad={numbers.by.Disconnected > 0} />
      <Figure label={t("live.status.Complete")} value={count(numbers.by.Complete)} />
      <Figure label={t("live.participation")} value={t("live.percent", { value: numbers.participationPercent })} />
      <Figure label={t("live.completion")} value={t("live.percent", { value: numbers.completionPercent })} />
      <SessionTime />
    </dl>
  );
}

function Figure({ label, value, bad = false }: { label: string; value: string; bad?: boolean }) {
  return (
    <div className={styles.figure} data-bad={bad}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Time left of a session with a limit of its own, else for how long it has been running. */
function SessionTime() {
  const t = useWords();
  const session = usePart((live) => live.session);
  const deadline = session === null ? null : sessionDeadline(session);
  const startedAt = session?.started_at ?? null;
  const over = session?.state === "ended" || session?.state === "cancelled";
  const shown = useTicking((now) => {
    if (over || startedAt === null) return null;
    return clockFace(deadline === null ? now - Date.parse(startedAt) : deadline - now);
  });
  if (shown === null) return null;
  return <Figure label={t(deadline === null ? "live.running-for" : "live.session-left")} value={shown} />;
}

/** Whether this page is up to date; what it shows is old while it is not, and that must be seen. */
function PageLine() {
  const t = useWords();
  const { line, snapshotProblem } = useConnected();
  const shown = line === "live" && snapshotProblem !== "" ? "reconnecting" : line;
  return (
    <span className={styles.line} data-line={shown} role="status">
      <span className={styles.lineDot} aria-hidden="true" />
      {t(`live.line.${shown}`)}
    </span>
  );
}

/** In the way of the numbers it is about, as long as they may be old. */
export function LineBanner() {
  const t = useWords();
  const { watch } = useDashboard();
  const { line, problem, snapshotProblem } = useConnected();
  const session = usePart((live) => live.session);
  if (line === "closed")
    return (
      <div className={styles.banner} role="alert">
        <Icon name="stop" />
        {t("live.banner.closed", { problem: problemText(problem) })}
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {t("live.reload")}
        </Button>
      </div>
    );
  const old = line === "reconnecting" || line === "offline" || (line === "live" && snapshotProblem !== "");
  if (!old) return null;
  return (
    <div className={styles.banner} role="alert">
      <Icon name="broken" />
      {t(session === null ? "live.banner.not-yet" : "live.banner.old")}
      <Button size="xs" variant="default" onClick={watch.hurry}>
        {t("live.try-now")}
      </Button>
    </div>
  );
}
