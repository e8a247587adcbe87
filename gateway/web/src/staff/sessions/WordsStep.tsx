/** What people read before and after, whom they ask, and when they learn their result. */
import { Radio, Stack, Textarea, TextInput } from "@mantine/core";
import { useWords } from "../app/texts";
import type { Form } from "./form";

export function WordsStep({ form }: { form: Form }) {
  const word = useWords();
  return (
    <Stack gap="lg">
      <Textarea label={word("field.before")} description={word("field.markdown")} autosize minRows={3} maxRows={12} {...form.getInputProps("instructions_before")} />
      <Textarea label={word("field.after")} description={word("field.markdown")} autosize minRows={3} maxRows={12} {...form.getInputProps("instructions_after")} />
      <TextInput label={word("field.support")} description={word("field.support-hint")} {...form.getInputProps("support_contact")} />
      <Radio.Group label={word("field.release")} {...form.getInputProps("release_mode")}>
        <Stack gap="xs" mt="xs">
          <Radio value="manual" label={word("release.manual")} description={word("release.manual-hint")} />
          <Radio value="immediate" label={word("release.immediate")} description={word("release.immediate-hint")} />
        </Stack>
      </Radio.Group>
    </Stack>
  );
}
