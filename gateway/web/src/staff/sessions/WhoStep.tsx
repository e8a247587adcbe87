/** How people get in, and how many. */
import { NumberInput, Radio, Stack, TextInput } from "@mantine/core";
import { useWords } from "../app/texts";
import type { Form } from "./form";

export function WhoStep({ form, codeIsChosen }: { form: Form; codeIsChosen: boolean }) {
  const word = useWords();
  const { enrollment_mode } = form.values;
  const code = form.getInputProps("code");
  return (
    <Stack gap="lg">
      <Radio.Group label={word("field.enrollment")} {...form.getInputProps("enrollment_mode")}>
        <Stack gap="xs" mt="xs">
          <Radio value="hybrid" label={word("enrollment.hybrid")} description={word("enrollment.hybrid-hint")} />
          <Radio value="manual" label={word("enrollment.manual")} description={word("enrollment.manual-hint")} />
          <Radio value="auto" label={word("enrollment.auto")} description={word("enrollment.auto-hint")} />
        </Stack>
      </Radio.Group>
      {enrollment_mode !== "manual" && (
        <TextInput
          {...code}
          label={word("field.code")}
          description={word(codeIsChosen ? "field.code-chosen" : "field.code-hint")}
          readOnly={codeIsChosen}
          maw={360}
          autoComplete="off"
          onChange={(event) => form.setFieldValue("code", event.currentTarget.value.toUpperCase().replaceAll(" ", "-"))}
        />
      )}
      <Radio.Group label={word("field.admission")} {...form.getInputProps("admission_mode")}>
        <Stack gap="xs" mt="xs">
          <Radio value="automatic" label={word("admission.automatic")} description={word("admission.automatic-hint")} />
          <Radio value="approval" label={word("admission.approval")} description={word("admission.approval-hint")} />
        </Stack>
      </Radio.Group>
      <Radio.Group label={word("field.identity")} {...form.getInputProps("identity_verification")}>
        <Stack gap="xs" mt="xs">
          <Radio value="off" label={word("identity.off")} description={word("identity.off-hint")} />
          <Radio value="required" label={word("identity.required")} description={word("identity.required-hint")} />
        </Stack>
      </Radio.Group>
      {form.values.identity_verification === "required" && (
        <NumberInput
          label={word("field.identity-days")}
          description={word("field.identity-days-hint")}
          min={0}
          allowDecimal={false}
          maw={360}
          {...form.getInputProps("identity_images_days")}
        />
      )}
      <NumberInput label={word("field.maximum")} min={0} allowDecimal={false} maw={240} {...form.getInputProps("maximum_participants")} />
    </Stack>
  );
}
