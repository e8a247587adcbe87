/** A dialog that asks, sends what it asked for and closes: its texts and fields, what went wrong, and two buttons. */
import { Button, Group, Stack, type ModalProps } from "@mantine/core";
import type { ReactNode } from "react";
import { asProblem } from "../../api/problem";
import { Dialog } from "./Dialog";
import { FailureNote } from "./FailureNote";
import { useWords } from "./texts";

interface Props {
  title: string;
  /** What the button does that sends. */
  button: string;
  /** What the other button says where "Cancel" would be misunderstood. */
  back?: string;
  /** It hurts: the button is red. */
  grave?: boolean;
  pending: boolean;
  error: unknown;
  size?: ModalProps["size"];
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function FormDialog({ title, button, back, grave = false, pending, error, size = "md", onSubmit, onClose, children }: Props) {
  const word = useWords();
  return (
    <Dialog onClose={onClose} title={title} size={size}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!pending) onSubmit();
        }}
      >
        <Stack gap="md">
          {children}
          <FailureNote problem={error === null ? null : asProblem(error)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {back ?? word("cancel")}
            </Button>
            <Button type="submit" loading={pending} {...(grave ? { color: "red.9" } : {})}>
              {button}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
