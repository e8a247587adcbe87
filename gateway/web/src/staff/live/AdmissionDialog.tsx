/** Letting people in who wait for approval, or not. */
import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { answerOf } from "../../api/client";
import type { components } from "../../api/generated/rest";
import { count } from "../../i18n/moments";
import { Dialog } from "../app/Dialog";
import { FormDialog } from "../app/FormDialog";
import { ReasonField } from "../app/ReasonField";
import { tellDone } from "../app/told";
import { useDashboard, useLive, type Asking } from "./context";
import { useSending } from "./request";
import styles from "./dialogs.module.css";
import { problemText, useWords } from "./texts";

type Asked = Extract<Asking, { what: "admission" }>;
type Decided = components["schemas"]["AdmissionDecided"];

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

  const nameOf = (id: string | null | undefined) => rows.get(id ?? "")?.name ?? id;
  if (decided !== null)
    return (
      <Dialog onClose={close} title={t("live.outcome")}>
        <Stack gap="md">
          <Text role="status">{t(`live.did.${word}`, { count: decided.decided.length, shown: count(decided.decided.length) })}</Text>
          <ul className={styles.outcomes}>
            {decided.refused.map((each) => (
              <li key={each.index}>
                <bdi className={styles.who}>{each.name ?? nameOf(each.participant_id)}</bdi>
                <span>{problemText(each.problem, each.detail)}</span>
              </li>
            ))}
          </ul>
          <Button onClick={close} data-autofocus ms="auto">
            {t("live.close")}
          </Button>
        </Stack>
      </Dialog>
    );
  return (
    <FormDialog
      onClose={close}
      title={t(`live.ask.${word}`, { count: participant_ids.length, shown: count(participant_ids.length) })}
      button={t(approve ? "live.admit" : "live.deny")}
      grave={!approve}
      pending={sending.busy}
      error={sending.failure}
      onSubmit={() => void send()}
    >
      <ul className={styles.outcomes}>
        {participant_ids.map((id) => (
          <li key={id}>
            <bdi>{nameOf(id)}</bdi>
          </li>
        ))}
      </ul>
      {!approve && <ReasonField value={reason} onChange={setReason} about={t("live.reason-shown")} missing={tried && missing} />}
    </FormDialog>
  );
}
