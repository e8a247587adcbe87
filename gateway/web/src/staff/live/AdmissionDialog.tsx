/** Letting people in who wait for approval, or not. */
import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { answerOf } from "../../api/client";
import type { components } from "../../api/generated/rest";
import { count } from "../../i18n/moments";
import { tellDone } from "../app/told";
import { useDashboard, useLive, type Asking } from "./context";
import { Dialog } from "./Dialog";
import { FailureNote } from "./FailureNote";
import { useSending } from "./request";
import styles from "./dialogs.module.css";
import { problemText, useWords } from "./texts";

type Asked = Extract<Asking, { what: "admission" }>;
type Decided = components["schemas"]["AdmissionDecided"];

const REASON_MAX = 500;

export function AdmissionDialog({ asked, close }: { asked: Asked; close: () => void }) {
  const t = useWords();
  const { approve } = asked;
  const { watch } = useDashboard();
  const { rows } = useLive();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [decided, setDecided] = useState<Decided | null>(null);
  const sending = useSending();
  const missing = !approve && reason.trim() === "";
  const participant_ids = [...asked.participantIds];
  const word = approve ? "admit" : "deny";

  async function send(): Promise<void> {
    setTried(true);
    if (missing) return;
    const params = { path: { session_id: watch.sessionId } };
    await sending.run(async () => {
      const found = await answerOf(
        approve
          ? watch.api.POST("/api/v1/sessions/{session_id}/admissions/approve", { params, body: { participant_ids } })
          : watch.api.POST("/api/v1/sessions/{session_id}/admissions/deny", { params, body: { participant_ids, reason: reason.trim() } }),
      );
      if (found.refused.length > 0) {
        setDecided(found);
        return;
      }
      tellDone(t(`live.did.${word}`, { count: found.decided.length, shown: count(found.decided.length) }));
      close();
    });
  }

  return (
    <Dialog onClose={close} title={t(`live.ask.${word}`, { count: participant_ids.length, shown: count(participant_ids.length) })}>
      <Stack gap="md">
        {decided === null ? (
          <ul className={styles.outcomes}>
            {participant_ids.map((id) => (
              <li key={id}>
                <bdi>{rows.get(id)?.name ?? id}</bdi>
              </li>
            ))}
          </ul>
        ) : (
          <>
            <Text role="status">{t(`live.did.${word}`, { count: decided.decided.length, shown: count(decided.decided.length) })}</Text>
            <ul className={styles.outcomes}>
              {decided.refused.map((each) => (
                <li key={each.index}>
                  <bdi className={styles.who}>{each.name ?? rows.get(each.participant_id ?? "")?.name}</bdi>
                  <span>{problemText(each.problem, each.detail)}</span>
                </li>
              ))}
            </ul>
          </>
        )}
        {!approve && decided === null && (
          <Textarea
            label={t("live.reason")}
            description={t("live.reason-shown")}
            required
            withAsterisk={false}
            autosize
            minRows={2}
            maxLength={REASON_MAX}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={tried && missing ? t("live.reason-missing") : null}
            data-autofocus
          />
        )}
        <FailureNote problem={sending.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t(decided === null ? "live.cancel" : "live.close")}
          </Button>
          {decided === null && (
            <Button loading={sending.busy} onClick={() => void send()} {...(approve ? {} : { color: "red.9" })}>
              {t(approve ? "live.admit" : "live.deny")}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}
