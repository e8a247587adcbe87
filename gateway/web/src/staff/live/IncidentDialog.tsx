/** Writing down what happened in the room. */
import { Group, Pill, Radio, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { answerOf } from "../../api/client";
import { FormDialog } from "../app/FormDialog";
import { tellDone } from "../app/told";
import { useDashboard, useLive } from "./context";
import { useKeyFor, useSending } from "./request";
import { useWords } from "./texts";
import type { IncidentCategory } from "./types";
import { TEXT_LENGTH } from "../../api/generated/limits";

const CATEGORIES: readonly IncidentCategory[] = ["technical", "irregularity", "health", "other"];

export function IncidentDialog({ participantIds, close }: { participantIds: readonly string[]; close: () => void }) {
  const t = useWords();
  const { watch } = useDashboard();
  const { rows } = useLive();
  const [category, setCategory] = useState<IncidentCategory>("technical");
  const [note, setNote] = useState("");
  const [about, setAbout] = useState(participantIds);
  const [moment, setMoment] = useState(() => localMoment(watch.clock.now()));
  const [tried, setTried] = useState(false);
  const sending = useSending();
  const keyFor = useKeyFor();
  const missing = note.trim() === "";

  async function send(): Promise<void> {
    setTried(true);
    if (missing) return;
    const body = {
      category,
      note: note.trim(),
      participant_ids: [...about],
      moment: moment === "" ? null : new Date(moment).toISOString(),
    };
    const params = { path: { session_id: watch.sessionId }, header: { "Idempotency-Key": keyFor(body) } };
    const done = await sending.run(async () => {
      await answerOf(watch.api.POST("/api/v1/sessions/{session_id}/incidents", { params, body }));
    });
    if (!done) return;
    tellDone(t("live.incident-kept"));
    close();
  }

  return (
    <FormDialog
      onClose={close}
      title={t("live.incident")}
      size="lg"
      button={t("live.incident-keep")}
      pending={sending.busy}
      error={sending.failure}
      onSubmit={() => void send()}
    >
      <Radio.Group label={t("live.category")} value={category} onChange={(value) => setCategory(value)}>
        <Group gap="lg" mt={6}>
          {CATEGORIES.map((each) => (
            <Radio key={each} value={each} label={t(`live.category.${each}`)} />
          ))}
        </Group>
      </Radio.Group>
      <Textarea
        label={t("live.note")}
        description={t("live.note-about")}
        required
        withAsterisk={false}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={TEXT_LENGTH}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        error={tried && missing ? t("live.note-missing") : null}
        data-autofocus
      />
      <TextInput type="datetime-local" label={t("live.moment")} value={moment} onChange={(event) => setMoment(event.currentTarget.value)} />
      {participantIds.length > 0 && (
        <div>
          <Text size="sm" fw={500} mb={6}>
            {t("live.concerns")}
          </Text>
          <Pill.Group>
            {about.map((id) => (
              <Pill
                key={id}
                withRemoveButton
                removeButtonProps={{ "aria-label": t("live.leave-out", { name: rows.get(id)?.name ?? id }), tabIndex: 0, "aria-hidden": false }}
                onRemove={() => setAbout(about.filter((each) => each !== id))}
              >
                <bdi>{rows.get(id)?.name ?? id}</bdi>
              </Pill>
            ))}
          </Pill.Group>
        </div>
      )}
    </FormDialog>
  );
}

/** As the input element writes it: the viewer's own day and time, to the minute. */
function localMoment(now: number): string {
  const here = new Date(now - new Date(now).getTimezoneOffset() * 60_000);
  return here.toISOString().slice(0, 16);
}
