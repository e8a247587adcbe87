/** Asking for a reason before something that hurts. */
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { Failure } from "../app/Failure";
import { useWords } from "../app/texts";

interface Props {
  title: string;
  text: string;
  button: string;
  error: unknown;
  pending: boolean;
  onClose: () => void;
  onReason: (reason: string) => void;
  children?: ReactNode;
}

export function ReasonForm({ title, text, button, error, pending, onClose, onReason, children }: Props) {
  const word = useWords();
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": word("close") }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(true);
          if (reason.trim() !== "") onReason(reason.trim());
        }}
      >
        <Stack>
          <Text>{text}</Text>
          {children}
          {error !== null && <Failure error={error} />}
          <Textarea
            label={word("reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={asked && reason.trim() === "" ? word("reason-missing") : null}
            maxLength={500}
            autosize
            minRows={2}
            data-autofocus
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {word("back")}
            </Button>
            <Button color="red" type="submit" loading={pending}>
              {button}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
