/** Asking for a reason before something that hurts. */
import { Text } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "./FormDialog";
import { ReasonField } from "./ReasonField";

interface Props {
  title: string;
  text: string;
  /** Who will read the reason. */
  about: string;
  button: string;
  back?: string;
  error: unknown;
  pending: boolean;
  onClose: () => void;
  onReason: (reason: string) => void;
}

export function ReasonDialog({ text, about, onReason, ...dialog }: Props) {
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const submit = () => {
    setAsked(true);
    if (reason.trim() !== "") onReason(reason.trim());
  };
  return (
    <FormDialog grave onSubmit={submit} {...dialog}>
      <Text size="sm">{text}</Text>
      <ReasonField value={reason} onChange={setReason} about={about} missing={asked && reason.trim() === ""} />
    </FormDialog>
  );
}
