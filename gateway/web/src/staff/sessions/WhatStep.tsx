/** What is sat, and who looks after it. */
import { Anchor, Loader, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "react-router";
import { useAssessments } from "../assessments/queries";
import { Failure } from "../app/Failure";
import { useWords } from "../app/texts";
import type { Form } from "./form";
import { useProctors } from "./queries";

export function WhatStep({ form }: { form: Form }) {
  const word = useWords();
  const assessments = useAssessments();
  const proctors = useProctors(true);
  const published = (assessments.data ?? [])
    .filter((each) => each.published_version !== null)
    .map((each) => ({
      value: `${each.assessment_id}@${each.published_version ?? 0}`,
      label: word("wizard.assessment-version", { title: each.title, version: each.published_version ?? 0 }),
    }));
  const chosen = form.values.assessment;
  const known = chosen === "" || published.some(({ value }) => value === chosen);
  const [chosenId, chosenVersion = ""] = chosen.split("@");
  const title = (assessments.data ?? []).find((each) => each.assessment_id === chosenId)?.title;
  const earlier = known ? [] : [{ value: chosen, label: word("wizard.assessment-version", { title: title ?? "", version: chosenVersion }) }];
  return (
    <Stack>
      <TextInput label={word("field.name")} description={word("field.name-hint")} {...form.getInputProps("name")} maxLength={250} />
      {assessments.isError && <Failure error={assessments.error} retry={() => void assessments.refetch()} />}
      <Select
        label={word("field.assessment")}
        placeholder={word("choose")}
        data={[...earlier, ...published]}
        searchable
        allowDeselect={false}
        rightSection={assessments.isPending ? <Loader size="xs" /> : undefined}
        {...form.getInputProps("assessment")}
      />
      {assessments.data !== undefined && published.length === 0 && (
        <Text size="sm">
          {word("wizard.no-assessment")}{" "}
          <Anchor component={Link} to="/staff/assessments">
            {word("wizard.to-assessments")}
          </Anchor>
        </Text>
      )}
      <MultiSelect
        label={word("field.proctors")}
        description={word("field.proctors-hint")}
        placeholder={form.values.proctor_ids.length === 0 ? word("field.proctors-any") : ""}
        data={(proctors.data ?? []).map(({ account_id, name }) => ({ value: account_id, label: name }))}
        searchable
        clearable
        clearButtonProps={{ "aria-label": word("clear") }}
        nothingFoundMessage={word("nothing-found")}
        {...form.getInputProps("proctor_ids")}
      />
    </Stack>
  );
}
