/** Asking once more before somebody or something leaves the directory. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { Failure } from "../app/Failure";
import { Dialog } from "../app/Dialog";
import { useWords } from "./texts";

interface Props {
  title: string;
  text: string;
  error: unknown;
  pending: boolean;
  onDelete: () => void;
  onClose: () => void;
}

export function DeleteDialog({ title, text, error, pending, onDelete, onClose }: Props) {
  const word = useWords();
  return (
    <Dialog onClose={onClose} title={title}>
      <Stack>
        {error !== null && <Failure error={error} />}
        <Text>{text}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {word("back")}
          </Button>
          <Button color="red" loading={pending} onClick={onDelete}>
            {word("directory.delete")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
