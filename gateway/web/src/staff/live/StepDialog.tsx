/** A step of the whole session: open, start, pause, resume, end. */
import { Text } from "@mantine/core";
import { useState } from "react";
import { answerOf } from "../../api/client";
import { duration } from "../../i18n/moments";
import { FormDialog } from "../app/FormDialog";
import { ReasonField } from "../app/ReasonField";
import { tellDone } from "../app/told";
import { useDashboard, useLive, type Step } from "./context";
import { useSending } from "./request";
import { useWords } from "./texts";

export function StepDialog({ step, close }: { step: Step; close: () => void }) {
  const t = useWords();
  const { watch } = useDashboard();
  const { session, people } = useLive();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const sending = useSending();
  const missing = step === "pause" && reason.trim() === "";
  const atWork = people.filter((row) => row.phase === "active" || row.phase === "paused").length;
  const grace = session?.settings.grace_seconds ?? 0;

  async function send(): Promise<void> {
    setTried(true);
    if (missing) return;
    const params = { path: { session_id: watch.sessionId } };
    const done = await sending.run(async () => {
      if (step === "pause") await answerOf(watch.api.POST("/api/v1/sessions/{session_id}/pause", { params, body: { reason: reason.trim() } }));
      else await answerOf(watch.api.POST(`/api/v1/sessions/{session_id}/${step}`, { params, body: {} }));
    });
    if (!done) return;
    tellDone(t(`live.step.did.${step}`));
    close();
  }

  return (
    <FormDialog
      onClose={close}
      title={t(`live.step.ask.${step}`)}
      button={t(`live.step.${step}`)}
      grave={step === "end"}
      pending={sending.busy}
      error={sending.failure}
      onSubmit={() => void send()}
    >
      <Text size="sm">
        {t(`live.step.about.${step}`, { grace: duration(grace) })}
        {step === "end" && ` ${t("live.at-work", { count: atWork })}`}
      </Text>
      {step === "pause" && <ReasonField value={reason} onChange={setReason} about={t("live.reason-shown")} missing={tried && missing} />}
    </FormDialog>
  );
}
