/** The thread with one candidate, and the announcements they got. */
import { Button, Group, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { answerOf } from "../../api/client";
import { timeHere } from "../../i18n/moments";
import { useDashboard, useLive } from "./context";
import { FailureNote } from "../app/FailureNote";
import { Icon } from "./icons";
import styles from "./person.module.css";
import { useKeyFor, useSending } from "./request";
import { arrivalOf, NOWHERE } from "../../thread";
import { reached } from "./rows";
import { messageText, useWords } from "./texts";
import type { Message } from "./types";
import type { Watch } from "./watch";
import { TEXT_LENGTH } from "../../api/generated/limits";


export function Chat({ participantId, watch }: { participantId: string; watch: Watch }) {
  const t = useWords();
  const { me, mayBroadcast } = useDashboard();
  const { messages, theirs, writing } = useLive();
  const writer = writing.get(participantId);
  const shown = messages.filter((each) => reached(each, participantId));
  const last = shown.at(-1)?.number ?? 0;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    watch.markRead(participantId);
    end.current?.scrollIntoView({ block: "nearest" });
  }, [watch, participantId, last]);
  return (
    <>
      {shown.length === 0 && <p className={styles.quiet}>{t("live.no-thread")}</p>}
      <ol className={styles.thread} aria-label={t("live.chat")} aria-live="polite">
        {shown.map((each) => (
          <li key={each.message_id} className={styles.bubble} data-from={each.kind === "broadcast" ? "broadcast" : each.sender.kind}>
            <span className={styles.sender}>
              {each.kind === "broadcast" && <Icon name="megaphone" size={14} />}
              {each.kind === "hand_raised" && <Icon name="hand" size={14} />}
              {each.sender.id === me ? t("live.you") : <bdi>{each.sender.name}</bdi>}
              {" · "}
              <time dateTime={each.sent_at}>{timeHere(each.sent_at)}</time>
              {each.kind !== "broadcast" && each.sender.kind === "staff" && ` · ${t(`live.arrival.${arrivalOf(each.number, theirs.get(participantId) ?? NOWHERE)}`)}`}
            </span>
            <bdi className={styles.words}>{messageText(each)}</bdi>
          </li>
        ))}
      </ol>
      <p className={styles.writing} role="status">
        {writer !== undefined && t("live.writing", { name: writer })}
      </p>
      <div ref={end} />
      {mayBroadcast && <Composer participantId={participantId} watch={watch} />}
    </>
  );
}

function Composer({ participantId, watch }: { participantId: string; watch: Watch }) {
  const t = useWords();
  const [text, setText] = useState("");
  const sending = useSending();
  const keyFor = useKeyFor();

  async function send(): Promise<void> {
    const body = { text: text.trim() };
    if (body.text === "" || sending.busy) return;
    // The message itself is not enough of a key: the same words may be said twice.
    const params = {
      path: { session_id: watch.sessionId, participant_id: participantId },
      header: { "Idempotency-Key": keyFor([participantId, body, watch.live().messages.length]) },
    };
    const done = await sending.run(async () => {
      const path = "/api/v1/sessions/{session_id}/threads/{participant_id}/messages";
      watch.sent((await answerOf(watch.api.POST(path, { params, body }))) as Message);
    });
    if (done) setText("");
  }

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Textarea
        aria-label={t("live.write")}
        placeholder={t("live.write")}
        description={t("live.write-about")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        autosize
        minRows={2}
        maxRows={6}
        maxLength={TEXT_LENGTH}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          if (event.currentTarget.value.trim() !== "") watch.typing(participantId);
        }}
        onKeyDown={(event) => {
          // While letters are being composed, Enter belongs to the input method.
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          void send();
        }}
        data-autofocus
      />
      <FailureNote problem={sending.failure} />
      <Group justify="flex-end">
        <Button type="submit" size="sm" loading={sending.busy} disabled={text.trim() === ""}>
          {t("live.send")}
        </Button>
      </Group>
    </form>
  );
}
