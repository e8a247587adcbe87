/** What can be done for those chosen, or for everybody when nobody is. */
import { Button, Menu } from "@mantine/core";
import { memo } from "react";
import { count } from "../../i18n/moments";
import { useDashboard } from "./context";
import { Icon, type IconName } from "./icons";
import styles from "./live.module.css";
import { NOBODY, type Selection } from "./selection";
import { useWords, type Key } from "./texts";
import type { InterventionKind } from "./types";

interface Props {
  selection: Selection;
  select: (selection: Selection) => void;
  /** How many of those chosen the search or filter hides. */
  hidden: number;
  /** How many the search or filter found; null without either. */
  found: number | null;
  chooseFound: () => void;
}

interface Action {
  kind: InterventionKind;
  icon: IconName;
  label: Key;
}

const FREQUENT: readonly Action[] = [
  { kind: "pause", icon: "pause", label: "live.pause" },
  { kind: "resume", icon: "play", label: "live.resume" },
  { kind: "extend", icon: "clock", label: "live.extend" },
];
const GRAVE: readonly Action[] = [
  { kind: "reset", icon: "reset", label: "live.reset" },
  { kind: "end", icon: "check", label: "live.end-attempts" },
  { kind: "terminate", icon: "stop", label: "live.terminate" },
];

export const ActionBar = memo(function ActionBar({ selection, select, hidden, found, chooseFound }: Props) {
  const t = useWords();
  const { ask, mayAct, mayBroadcast } = useDashboard();
  const chosen = selection.chosen.size;
  const targets = chosen === 0 ? null : [...selection.chosen];
  if (!mayAct) return null;
  return (
    <div className={styles.actions} role="toolbar" aria-label={t("live.actions")}>
      <span className={styles.actionsFor} role="status">
        {chosen === 0 ? t("live.for-everybody") : t("live.for-chosen", { count: chosen, shown: count(chosen) })}
        {hidden > 0 && <span className={styles.hiddenChosen}> {t("live.chosen-hidden", { count: hidden })}</span>}
      </span>
      {FREQUENT.map(({ kind, icon, label }) => (
        <Button
          key={kind}
          size="xs"
          variant="default"
          leftSection={<Icon name={icon} size={14} />}
          onClick={() => ask({ what: "intervention", kind, participantIds: targets })}
        >
          {t(label)}
        </Button>
      ))}
      {mayBroadcast && (
        <Button size="xs" variant="default" leftSection={<Icon name="chat" size={14} />} onClick={() => ask({ what: "broadcast", participantIds: targets })}>
          {t("live.message")}
        </Button>
      )}
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="xs" variant="default" leftSection={<Icon name="more" size={14} />}>
            {t("live.more")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {GRAVE.map(({ kind, icon, label }) => (
            <Menu.Item
              key={kind}
              leftSection={<Icon name={icon} />}
              // Nobody resets everybody by accident: it needs names.
              disabled={kind === "reset" && targets === null}
              onClick={() => ask({ what: "intervention", kind, participantIds: targets })}
            >
              {t(label)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="pen" />} onClick={() => ask({ what: "incident", participantIds: targets ?? [] })}>
            {t("live.incident")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <span className={styles.spread} />
      {found !== null && found > 0 && (
        <Button size="xs" variant="subtle" onClick={chooseFound}>
          {t("live.select-found", { count: found, shown: count(found) })}
        </Button>
      )}
      {chosen > 0 && (
        <Button size="xs" variant="subtle" onClick={() => select(NOBODY)}>
          {t("live.select-none")}
        </Button>
      )}
    </div>
  );
});
