/** Asking once more before somebody or something leaves the directory. */
import { Text } from "@mantine/core";
import { FormDialog } from "../app/FormDialog";
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
    <FormDialog
      grave
      title={title}
      button={word("directory.delete")}
      error={error}
      pending={pending}
      onSubmit={onDelete}
      onClose={onClose}
    >
      <Text>{text}</Text>
    </FormDialog>
  );
}
