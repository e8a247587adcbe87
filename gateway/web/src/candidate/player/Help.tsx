/** Talking with the proctor: a thread, announcements, a raised hand. */
import { useEffect, useRef, useState } from "react";
import type { Message } from "../../api/types";
import { timeHere } from "../../i18n/moments";
import { announce } from "../announce";
import { arrivalOf } from "../../thread";
import { unreadOf } from "../attempt";
import { Dialog, Field, Notice } from "../parts";
import { useAttempt, useInside } from "../roomContext";
import { useWords } from "../texts";
import { TEXT_LENGTH } from "../../api/generated/limits";


export function HelpButton({ open }: { open: () => void }) {
  const t = useWords();
  const unread = unreadOf(useAttempt()).length;
  return (
    <button type="button" className="button" onClick={open}>
      {t("help.open")}
      {unread > 0 && (
        <span className="badge">
          <span aria-hidden="true">{unread}</span>
          <span className="visually-hidden">{t("help.unread", { count: unread })}</span>
        </span>
      )}
    </button>
  );
}

export function Help({ close }: { close: () => void }) {
  const t = useWords();
  const { room } = useInside();
  const { messages, line, writing } = useAttempt();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState<"message" | "hand" | null>(null);
  const [failed, setFailed] = useState(false);
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    room.markRead();
    end.current?.scrollIntoView({ block: "nearest" });
  }, [room, messages]);

  async function send(what: "message" | "hand"): Promise<void> {
    setBusy(what);
    setFailed(false);
    try {
      await (what === "hand" ? room.raiseHand() : room.chat(text.trim()));
      if (what === "message") setText("");
      announce(t(what === "hand" ? "help.hand-raised" : "help.sent"));
    } catch {
      setFailed(true);
    }
    setBusy(null);
  }

  return (
    <Dialog title={t("help.title")} close={close}>
      <button type="button" className="button button-wide" aria-disabled={busy !== null} onClick={() => busy === null && void send("hand")}>
        {t(busy === "hand" ? "help.raising" : "help.raise")}
      </button>
      <ol className="thread" aria-label={t("help.messages")}>
        {messages.length === 0 && <li className="quiet">{t("help.none")}</li>}
        {messages.map((message) => (
          <Line key={message.message_id} message={message} />
        ))}
        <li ref={end} aria-hidden="true" className="thread-end" />
      </ol>
      <p className="quiet writing" role="status">
        {writing !== null && t("help.writing", { name: writing })}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (busy === null && text.trim() !== "") void send("message");
        }}
      >
        <Field label={t("help.write")} error={failed ? t("help.failed") : undefined}>
          {(wiring) => <textarea {...wiring} className="input" rows={3} maxLength={TEXT_LENGTH} value={text} onChange={({ target }) => { setText(target.value); if (target.value.trim() !== "") room.typing(); }} />}
        </Field>
        {line !== "online" && <Notice tone="warn">{t("help.offline")}</Notice>}
        <button type="submit" className="button button-main" aria-disabled={busy !== null || text.trim() === ""}>
          {t(busy === "message" ? "help.sending" : "help.send")}
        </button>
      </form>
    </Dialog>
  );
}

function Line({ message }: { message: Message }) {
  const t = useWords();
  const { proctors } = useAttempt();
  const mine = message.sender.kind === "candidate";
  return (
    <li className={mine ? "message message-mine" : "message"}>
      <p className="quiet">
        {mine ? t("help.you") : message.sender.name} · {timeHere(message.sent_at)}
        {message.kind === "broadcast" && ` · ${t("help.to-all")}`}
        {mine && ` · ${t(`help.arrival.${arrivalOf(message.number, proctors)}`)}`}
      </p>
      <p className="message-text" dir="auto">{message.kind === "hand_raised" ? t("help.hand") : message.text}</p>
    </li>
  );
}

/** What somebody else wrote, read out and shown over the questions until it is looked at. */
export function Arrived({ open }: { open: () => void }) {
  const t = useWords();
  const { room } = useInside();
  const newest = unreadOf(useAttempt()).at(-1);
  const number = newest?.number;
  const said = newest === undefined ? "" : t("help.from", { name: newest.sender.name, text: newest.text });
  useEffect(() => {
    if (number !== undefined) announce(said);
    // Once per message, in whatever language it was first shown.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [number]);
  if (newest === undefined) return null;
  return (
    <Notice
      tone="calm"
      action={
        <div className="actions">
          <button type="button" className="button" onClick={open}>
            {t("help.answer")}
          </button>
          <button type="button" className="button button-quiet" onClick={room.markRead}>
            {t("close")}
          </button>
        </div>
      }
    >
      <strong>{newest.sender.name}</strong>
      <p className="message-text" dir="auto">{newest.text}</p>
    </Notice>
  );
}
