/** Why something is done: kept on record wherever it is asked for. */
import { Textarea } from "@mantine/core";
import { useWords } from "./texts";
import { REASON_LENGTH } from "../../api/generated/limits";

/** As the server takes it. */

interface Props {
  value: string;
  onChange: (reason: string) => void;
  /** Who will read it. */
  about: string;
  required?: boolean;
  /** Asked for in vain. */
  missing: boolean;
}

export function ReasonField({ value, onChange, about, required = true, missing }: Props) {
  const word = useWords();
  return (
    <Textarea
      label={word("reason")}
      description={about}
      required={required}
      withAsterisk={false}
      autosize
      minRows={2}
      maxRows={8}
      maxLength={REASON_LENGTH}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={missing ? word("reason-missing") : null}
      data-autofocus
    />
  );
}
