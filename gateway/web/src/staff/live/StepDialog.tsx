/** A step of the whole session: open, start, pause, resume, end. */
import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { answerOf } from "../../api/client";
import { duration } from "../../i18n/moments";
import { tellDone } from "../app/told";
import { useDashboard, useLive, type Step } from "./context";
import { Dialog } from "./Dialog";
import { FailureNote } from "./FailureNote";
import { useSending } from "./request";
import { useWords } from "./texts";

const REASON_MAX = 500;

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
    <Dialog onClose={close} title={t(`live.step.ask.${step}`)}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Stack gap="md">
          <Text size="sm">
            {t(`live.step.about.${step}`, { grace: duration(grace) })}
            {step === "end" && ` ${t("live.at-work", { count: atWork })}`}
          </Text>
          {step === "pause" && (
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
              {t("live.cancel")}
            </Button>
            <Button type="submit" loading={sending.busy} {...(step === "end" ? { color: "red.9" } : {})}>
              {t(`live.step.${step}`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
