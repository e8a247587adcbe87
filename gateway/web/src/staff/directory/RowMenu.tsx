/** What may be done with one row of the directory: changing it, deleting it. */
import { ActionIcon, Group, Menu } from "@mantine/core";
import { useWords } from "./texts";

interface Props {
  /** Of whom or what the row tells. */
  name: string;
  /** What changing is called here. */
  change: string;
  onChange: () => void;
  onDelete: () => void;
}

export function RowMenu({ name, change, onChange, onDelete }: Props) {
  const word = useWords();
  return (
    <Group justify="flex-end">
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={word("person.menu-of", { name })}>
            <span aria-hidden>⋯</span>
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onChange}>{change}</Menu.Item>
          <Menu.Item color="red" onClick={onDelete}>
            {word("directory.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
