/** Stepping in: what, for whom, why; then what became of it, person by person. */
import { Button, Checkbox, Group, NumberInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { count } from "../../i18n/moments";
import { Dialog } from "../app/Dialog";
import { FormDialog } from "../app/FormDialog";
import { ReasonField } from "../app/ReasonField";
import { tellDone } from "../app/told";
import { useDashboard, useLive, type Asking } from "./context";
import { intervene, summary, type Summary } from "./intervening";
import { useKeyFor, useSending } from "./request";
import styles from "./dialogs.module.css";
import { problemText, useWords } from "./texts";
import type { Intervene, InterventionKind, Outcome, Row } from "./types";
import { EXTENSION_SECONDS_MAX } from "../../api/generated/limits";

type Asked = Extract<Asking, { what: "intervention" }>;

const MINUTES_MAX = EXTENSION_SECONDS_MAX / 60;
const USUAL_MINUTES = [5, 10, 15, 30] as const;
/** These end somebody's work: they are red, and for several people they ask once more. */
const GRAVE: ReadonlySet<InterventionKind> = new Set(["terminate", "end"]);
/** Whom "everybody" means, as the server sees it. */
const EVERYBODY: Readonly<Record<InterventionKind, ReadonlySet<Row["phase"]>>> = {
  pause: new Set(["active"]),
  resume: new Set(["paused"]),
  extend: new Set(["invited", "waiting", "active", "paused"]),
  reset: new Set(),
  terminate: new Set(["invited", "waiting", "active", "paused"]),
  end: new Set(["active", "paused"]),
};

export function InterventionDialog({ asked, close }: { asked: Asked; close: () => void }) {
  const t = useWords();
  const { kind, participantIds } = asked;
  const { watch } = useDashboard();
  const { rows, people, outcomes: late } = useLive();
  const [reason, setReason] = useState("");
  const [minutes, setMinutes] = useState<number | string>(kind === "extend" ? 5 : 0);
  const [sure, setSure] = useState(false);
  const [tried, setTried] = useState(false);
  const [outcomes, setOutcomes] = useState<readonly Outcome[] | null>(null);
  const sending = useSending();
  const keyFor = useKeyFor();

  const timed = kind === "extend" || kind === "reset";
  const number = participantIds?.length ?? people.filter((row) => EVERYBODY[kind].has(row.phase)).length;
  const one = participantIds?.length === 1 ? rows.get(participantIds[0] ?? "")?.name : undefined;
  const mustBeSure = GRAVE.has(kind) && number > 1;
  const reasonMissing = kind !== "resume" && reason.trim() === "";
  const minutesWrong = timed && !(typeof minutes === "number" && minutes >= (kind === "extend" ? 1 : 0) && minutes <= MINUTES_MAX);

  async function send(): Promise<void> {
    setTried(true);
    if (reasonMissing || minutesWrong || (mustBeSure && !sure)) return;
    const body: Intervene = { kind, participant_ids: participantIds === null ? null : [...participantIds] };
    if (reason.trim() !== "") body.reason = reason.trim();
    if (timed && typeof minutes === "number" && minutes > 0) body.seconds = Math.round(minutes * 60);
    await sending.run(async () => {
      const found = await intervene(watch.api, watch.sessionId, body, keyFor(body));
      const { applied, refused, unknown } = summary(found, watch.live().outcomes);
      if (refused.length + unknown.length > 0 || applied === 0) {
        setOutcomes(found);
        return;
      }
      tellDone(t(`live.did.${kind}`, { count: applied, shown: count(applied) }));
      close();
    });
  }

  if (outcomes !== null)
    return (
      <Dialog onClose={close} title={t("live.outcome")}>
        <OutcomeList kind={kind} found={summary(outcomes, late)} again={() => void send()} busy={sending.busy} close={close} />
      </Dialog>
    );
  return (
    <FormDialog
      onClose={close}
      title={one === undefined ? t(`live.ask.${kind}`, { count: number, shown: count(number) }) : t(`live.ask-one.${kind}`, { name: one })}
      button={t(`live.do.${kind}`)}
      grave={GRAVE.has(kind)}
      pending={sending.busy}
      error={sending.failure}
      onSubmit={() => void send()}
    >
      <Text size="sm">{t(`live.about.${kind}`)}</Text>
      {timed && (
        <div>
          <NumberInput
            label={t(kind === "extend" ? "live.minutes" : "live.extra-minutes")}
            min={kind === "extend" ? 1 : 0}
            max={MINUTES_MAX}
            value={minutes}
            onChange={setMinutes}
            error={tried && minutesWrong ? t("live.minutes-wrong", { max: MINUTES_MAX }) : null}
          />
          <Group gap={6} mt={6}>
            {USUAL_MINUTES.map((each) => (
              <Button key={each} size="compact-sm" variant="default" aria-pressed={minutes === each} onClick={() => setMinutes(each)}>
                {t("live.plus-minutes", { count: each })}
              </Button>
            ))}
          </Group>
        </div>
      )}
      <ReasonField
        value={reason}
        onChange={setReason}
        about={t(kind === "pause" ? "live.reason-shown" : "live.reason-kept")}
        required={kind !== "resume"}
        missing={tried && reasonMissing}
      />
      {mustBeSure && (
        <Checkbox
          label={t("live.sure", { count: number, shown: count(number) })}
          checked={sure}
          onChange={(event) => setSure(event.currentTarget.checked)}
          error={tried && !sure ? t("live.sure-missing") : null}
        />
      )}
    </FormDialog>
  );
}

interface OutcomeProps {
  kind: InterventionKind;
  found: Summary;
  again: () => void;
  busy: boolean;
  close: () => void;
}

function OutcomeList({ kind, found, again, busy, close }: OutcomeProps) {
  const t = useWords();
  const { rows } = useLive();
  const { applied, refused, unknown } = found;
  const name = (id: string) => rows.get(id)?.name ?? id;
  return (
    <Stack gap="md">
      <Text role="status">{applied === 0 ? t("live.did-nothing") : t(`live.did.${kind}`, { count: applied, shown: count(applied) })}</Text>
      {refused.length > 0 && (
        <section>
          <Text fw={600}>{t("live.refused", { count: refused.length })}</Text>
          <ul className={styles.outcomes}>
            {refused.map((each) => (
              <li key={each.command_id}>
                <bdi className={styles.who}>{name(each.participant_id)}</bdi>
                <span>{problemText(each.problem ?? "", each.detail)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {unknown.length > 0 && (
        <section>
          <Text fw={600}>{t("live.unknown", { count: unknown.length })}</Text>
          <Text size="sm">{t("live.unknown-about")}</Text>
          <ul className={styles.outcomes}>
            {unknown.map((each) => (
              <li key={each.command_id}>
                <bdi className={styles.who}>{name(each.participant_id)}</bdi>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Group justify="flex-end">
        {unknown.length > 0 && (
          <Button variant="default" loading={busy} onClick={again}>
            {t("live.ask-again")}
          </Button>
        )}
        <Button onClick={close} data-autofocus>
          {t("live.close")}
        </Button>
      </Group>
    </Stack>
  );
}
