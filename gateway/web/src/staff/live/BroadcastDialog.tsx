/** An announcement to everybody, to those with some statuses, or to those chosen in the table. */
import { Checkbox, Group, NativeSelect, Radio, Textarea } from "@mantine/core";
import { useState } from "react";
import { answerOf } from "../../api/client";
import { count } from "../../i18n/moments";
import { FormDialog } from "../app/FormDialog";
import { tellDone } from "../app/told";
import { useDashboard, useLive } from "./context";
import { useKeyFor, useSending } from "./request";
import { STATUSES, tally } from "./tally";
import { statusText, useWords, words, type Key } from "./texts";
import type { Message, Status } from "./types";
import { TEXT_LENGTH } from "../../api/generated/limits";

const TEMPLATES = ["soon", "half", "quiet", "pause", "technical", "ending"] as const;

type Audience = "everybody" | "statuses" | "chosen";

export function BroadcastDialog({ participantIds, close }: { participantIds: readonly string[] | null; close: () => void }) {
  const t = useWords();
  const { watch } = useDashboard();
  const { people } = useLive();
  const [audience, setAudience] = useState<Audience>(participantIds === null ? "everybody" : "chosen");
  const [statuses, setStatuses] = useState<string[]>([]);
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const sending = useSending();
  const keyFor = useKeyFor();

  const by = tally(people).by;
  const reached =
    audience === "everybody"
      ? people.length
      : audience === "chosen"
        ? (participantIds?.length ?? 0)
        : statuses.reduce((sum, each) => sum + by[each as Status], 0);
  const textMissing = text.trim() === "";
  const nobody = audience === "statuses" && statuses.length === 0;

  async function send(): Promise<void> {
    setTried(true);
    if (textMissing || nobody) return;
    const body = {
      text: text.trim(),
      filter: audience === "statuses" ? (statuses as Status[]) : null,
      recipients: audience === "chosen" ? [...(participantIds ?? [])] : null,
    };
    const params = { path: { session_id: watch.sessionId }, header: { "Idempotency-Key": keyFor(body) } };
    const done = await sending.run(async () => {
      watch.sent((await answerOf(watch.api.POST("/api/v1/sessions/{session_id}/broadcasts", { params, body }))) as Message);
    });
    if (!done) return;
    tellDone(t("live.broadcast-sent", { count: reached, shown: count(reached) }));
    close();
  }

  return (
    <FormDialog
      onClose={close}
      title={t("live.broadcast")}
      size="lg"
      button={t("live.send-to", { count: reached, shown: count(reached) })}
      pending={sending.busy}
      error={sending.failure}
      onSubmit={() => void send()}
    >
      <Radio.Group label={t("live.audience")} value={audience} onChange={(value) => setAudience(value)}>
        <Group gap="lg" mt={6}>
          <Radio value="everybody" label={t("live.audience-everybody", { count: people.length, shown: count(people.length) })} />
          {participantIds !== null && (
            <Radio value="chosen" label={t("live.audience-chosen", { count: participantIds.length, shown: count(participantIds.length) })} />
          )}
          <Radio value="statuses" label={t("live.audience-statuses")} />
        </Group>
      </Radio.Group>
      {audience === "statuses" && (
        <Checkbox.Group
          label={t("live.statuses")}
          description={t("live.statuses-about")}
          value={statuses}
          onChange={setStatuses}
          error={tried && nobody ? t("live.statuses-missing") : null}
        >
          <Group gap="md" mt={6}>
            {STATUSES.filter((each) => by[each] > 0 || statuses.includes(each)).map((each) => (
              <Checkbox key={each} value={each} label={`${statusText(each)} (${count(by[each])})`} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      <NativeSelect
        label={t("live.template")}
        value=""
        onChange={({ currentTarget: { value } }) => {
          if (value !== "") setText(words(`live.template.${value}` as Key));
        }}
        data={[{ value: "", label: t("live.template-none") }, ...TEMPLATES.map((each) => ({ value: each, label: t(`live.template.${each}`) }))]}
      />
      <Textarea
        label={t("live.text")}
        required
        withAsterisk={false}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={TEXT_LENGTH}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={tried && textMissing ? t("live.text-missing") : null}
        data-autofocus
      />
    </FormDialog>
  );
}
