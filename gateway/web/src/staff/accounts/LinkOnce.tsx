/** A secret that is shown this once: to copy and hand over. */
import { Alert, Button, Stack, Text } from "@mantine/core";
import { copyText } from "../app/told";
import { useWords } from "./texts";

interface Props {
  title: string;
  text: string;
  secret: string;
  copied: string;
}

export function LinkOnce({ title, text, secret, copied }: Props) {
  const word = useWords();
  return (
    <Alert color="teal" role="status" title={title}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{text}</Text>
        <Text className="code" style={{ overflowWrap: "anywhere", whiteSpace: "normal" }} data-testid="shown-once">
          {secret}
        </Text>
        <Button size="xs" variant="default" onClick={() => void copyText(secret, copied)}>
          {word("accounts.copy")}
        </Button>
      </Stack>
    </Alert>
  );
}
