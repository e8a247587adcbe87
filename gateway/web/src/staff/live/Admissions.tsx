/** People who joined and wait to be let in, where the session asks for approval. */
import { Button } from "@mantine/core";
import { useConfirmed } from "../identity/queries";
import { useDashboard, useLive } from "./context";
import { Icon } from "./icons";
import styles from "./live.module.css";
import type { Live } from "./rows";
import { useWords } from "./texts";

/** Whether somebody compares faces and documents here before anybody is let in. */
export const verifies = (session: Live["session"]): boolean => session?.settings.identity_verification === "required";

/** Longer lists say how many more there are. */
const NAMED_MAX = 3;

export function Admissions() {
  const t = useWords();
  const { session, people } = useLive();
  const { ask, mayAct, watch } = useDashboard();
  const confirmed = useConfirmed(watch.sessionId, verifies(session));
  if (!mayAct || session?.settings.admission_mode !== "approval") return null;
  const knocking = people.filter((row) => row.phase === "invited" && row.connected && (confirmed?.has(row.participant_id) ?? true));
  if (knocking.length === 0) return null;
  const participantIds = knocking.map((row) => row.participant_id);
  const names = knocking.slice(0, NAMED_MAX).map((row) => row.name);
  const more = knocking.length - names.length;
  return (
    <div className={styles.admissions} role="status">
      <Icon name="door" />
      <span>
        {t("live.knocking", { count: knocking.length })} <bdi>{names.join(", ")}</bdi>
        {more > 0 && ` ${t("live.and-more", { count: more })}`}
      </span>
      <span className={styles.spread} />
      <Button size="xs" onClick={() => ask({ what: "admission", approve: true, participantIds })}>
        {t("live.admit")}
      </Button>
      <Button size="xs" variant="default" onClick={() => ask({ what: "admission", approve: false, participantIds })}>
        {t("live.deny")}
      </Button>
    </div>
  );
}
