/** How somebody stands: the word, and a shape and colour for the eye. */
import { Icon, STATUS_ICONS } from "./icons";
import styles from "./status.module.css";
import { statusText } from "./texts";
import type { Status } from "./types";

/** Denied: came, and was not let in; there is no attempt to have a status. */
export type Shown = Status | "Denied";

export function StatusMark({ status }: { status: Shown }) {
  return (
    <span className={styles.status} data-status={status}>
      <Icon name={status === "Denied" ? "cross" : STATUS_ICONS[status]} />
      {statusText(status)}
    </span>
  );
}
