/** Which keys do what, and whether they do. */
import { Kbd, Stack, Switch } from "@mantine/core";
import { Dialog } from "../app/Dialog";
import styles from "./dialogs.module.css";
import { SHORTCUTS } from "./shortcuts";
import { useWords, type Key } from "./texts";

const IN_TABLE: readonly { keys: readonly string[]; label: Key }[] = [
  { keys: ["↑", "↓", "←", "→"], label: "live.key.move" },
  { keys: ["␣"], label: "live.key.choose" },
  { keys: ["⇧ ↑", "⇧ ↓"], label: "live.key.range" },
  { keys: ["Ctrl A"], label: "live.key.all" },
  { keys: ["↵"], label: "live.key.open" },
];

interface Props {
  on: boolean;
  turn: (on: boolean) => void;
  close: () => void;
}

export function ShortcutsDialog({ on, turn, close }: Props) {
  const t = useWords();
  return (
    <Dialog onClose={close} title={t("live.shortcuts")}>
      <Stack gap="md">
        <Switch label={t("live.shortcuts-on")} checked={on} onChange={(event) => turn(event.currentTarget.checked)} />
        <table className={styles.keys}>
          <tbody>
            {SHORTCUTS.map(({ shown, label }) => (
              <tr key={shown}>
                <th scope="row">{t(label)}</th>
                <td>
                  <Kbd>{shown}</Kbd>
                </td>
              </tr>
            ))}
            {IN_TABLE.map(({ keys, label }) => (
              <tr key={label}>
                <th scope="row">{t(label)}</th>
                <td>
                  {keys.map((each) => (
                    <Kbd key={each} me={4}>
                      {each}
                    </Kbd>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Stack>
    </Dialog>
  );
}
