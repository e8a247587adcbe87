/** Conversations with candidates and the announcements made, the most recent first. */
import { Button } from "@mantine/core";
import { timeHere } from "../../i18n/moments";
import { useDashboard, usePart } from "./context";
import { Icon } from "./icons";
import type { Conversation } from "./rows";
import { Bubble } from "./Side";
import styles from "./side.module.css";
import { messageText, useWords } from "./texts";

export function Threads({ threads }: { threads: readonly Conversation[] }) {
  const t = useWords();
  const messages = usePart((live) => live.messages);
  const writing = usePart((live) => live.writing);
  const { watch, show, ask, me, mayBroadcast } = useDashboard();
  // Names hardly ever change: the rows are looked at, not followed.
  const { rows } = watch.live();
  const broadcasts = messages.filter((each) => each.kind === "broadcast").toReversed();
  return (
    <>
      {mayBroadcast && (
        <div className={styles.filter}>
          <Button
            size="xs"
            variant="default"
            fullWidth
            leftSection={<Icon name="megaphone" />}
            onClick={() => ask({ what: "broadcast", participantIds: null })}
          >
            {t("live.broadcast")}
          </Button>
        </div>
      )}
      {threads.length === 0 && broadcasts.length === 0 && <p className={styles.empty}>{t("live.no-messages")}</p>}
      <ul className={styles.list} aria-label={t("live.threads")}>
        {threads.map(({ participantId, last, unread }) => (
          <li key={participantId} className={styles.entry}>
            <button type="button" className={styles.thread} onClick={() => show(participantId, "chat")}>
              <span className={styles.threadHead}>
                <bdi className={styles.threadName} data-unread={unread > 0}>
                  {rows.get(participantId)?.name ?? last.sender.name}
                </bdi>
                <span className={styles.spread} />
                {unread > 0 && <span className={styles.hidden}>{t("live.unread", { count: unread })}</span>}
                <span aria-hidden="true">
                  <Bubble number={unread} />
                </span>
                <time dateTime={last.sent_at}>{timeHere(last.sent_at)}</time>
              </span>
              <span className={styles.lastSaid}>
                {writing.has(participantId) ? (
                  <em>{t("live.writing", { name: writing.get(participantId) ?? "" })}</em>
                ) : (
                  <>
                    {last.sender.id === me && `${t("live.you")}: `}
                    <bdi>{messageText(last)}</bdi>
                  </>
                )}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {broadcasts.length > 0 && (
        <>
          <h2 className={styles.subhead}>{t("live.broadcasts")}</h2>
          <ul className={styles.list}>
            {broadcasts.map((each) => (
              <li key={each.message_id} className={styles.entry}>
                <span className={styles.mark}>
                  <Icon name="megaphone" size={14} />
                </span>
                <div className={styles.said}>
                  <bdi className={styles.text}>{each.text}</bdi>
                  <div className={styles.foot}>
                    <time dateTime={each.sent_at}>{timeHere(each.sent_at)}</time>
                    {" · "}
                    <bdi>{each.sender.name}</bdi>
                    {" · "}
                    {each.recipients === null ? t("live.to-everybody") : t("live.to-people", { count: each.recipients.length })}
                  </div>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
