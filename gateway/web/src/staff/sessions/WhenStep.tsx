/** When it takes place and how much time people have, shown in the session's zone and the viewer's while it is typed. */
import { Alert, Checkbox, Fieldset, NumberInput, Radio, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useWords } from "../app/texts";
import type { Form } from "./form";
import { meantBy, type Fields } from "./settings";
import { momentIn, zoneName } from "./When";
import { isTimeZone, timeZones, viewersZone } from "./zonedTime";

export function WhenStep({ form }: { form: Form }) {
  const word = useWords();
  const zones = useMemo(() => timeZones(), []);
  const { late_entry, time_zone } = form.values;
  const offered = zones.includes(time_zone) || !isTimeZone(time_zone) ? zones : [time_zone, ...zones];
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <TextInput type="date" label={word("field.date")} {...form.getInputProps("date")} />
        <TextInput type="time" label={word("field.time")} {...form.getInputProps("time")} />
        <Select label={word("field.zone")} data={offered} searchable allowDeselect={false} nothingFoundMessage={word("nothing-found")} {...form.getInputProps("time_zone")} />
        <NumberInput label={word("field.duration")} suffix={` ${word("minutes")}`} min={0} decimalScale={2} {...form.getInputProps("duration")} />
      </SimpleGrid>
      <Preview fields={form.values} />
      {meantBy(form.values)?.kind === "twice" && <Checkbox label={word("wizard.second")} {...form.getInputProps("second", { type: "checkbox" })} />}
      <Radio.Group label={word("field.start-mode")} {...form.getInputProps("start_mode")}>
        <Stack gap="xs" mt="xs">
          <Radio value="flexible" label={word("start-mode.flexible")} description={word("start-mode.flexible-hint")} />
          <Radio value="scheduled" label={word("start-mode.scheduled")} description={word("start-mode.scheduled-hint")} />
        </Stack>
      </Radio.Group>
      <Radio.Group label={word("field.late-entry")} {...form.getInputProps("late_entry")}>
        <Stack gap="xs" mt="xs">
          <Radio value="until" label={word("late-entry.until")} />
          <Radio value="never" label={word("late-entry.never")} />
        </Stack>
      </Radio.Group>
      {late_entry === "until" && (
        <NumberInput label={word("field.late-entry-minutes")} suffix={` ${word("minutes")}`} min={0} decimalScale={2} maw={320} {...form.getInputProps("late_entry_minutes")} />
      )}
      <Fieldset legend={word("wizard.clock")}>
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <NumberInput label={word("field.time-limit")} description={word("field.time-limit-hint")} suffix={` ${word("minutes")}`} min={0} decimalScale={2} {...form.getInputProps("time_limit")} />
            <NumberInput label={word("field.session-limit")} description={word("field.session-limit-hint")} suffix={` ${word("minutes")}`} min={0} decimalScale={2} {...form.getInputProps("session_limit")} />
            <NumberInput label={word("field.grace")} description={word("field.grace-hint")} suffix={` ${word("seconds")}`} min={0} allowDecimal={false} {...form.getInputProps("grace_seconds")} />
            <TextInput label={word("field.warnings")} description={word("field.warnings-hint")} inputMode="numeric" {...form.getInputProps("warnings")} />
          </SimpleGrid>
          <Radio.Group label={word("field.disconnected")} {...form.getInputProps("clock_while_disconnected")}>
            <Stack gap="xs" mt="xs">
              <Radio value="runs" label={word("disconnected.runs")} />
              <Radio value="stops" label={word("disconnected.stops")} />
            </Stack>
          </Radio.Group>
        </Stack>
      </Fieldset>
    </Stack>
  );
}

/** The instant that is meant, on both clocks; where daylight saving makes it doubtful, what happens. */
function Preview({ fields }: { fields: Fields }) {
  const word = useWords();
  const meant = meantBy(fields);
  if (meant === null) return null;
  const at = meant.kind === "twice" && fields.second ? meant.second : meant.instant;
  const here = viewersZone();
  return (
    <Alert color={meant.kind === "once" ? "indigo" : "yellow"} role="status">
      <Text size="sm" className="number">
        {word("wizard.there", { moment: momentIn(at, fields.time_zone), zone: zoneName(fields.time_zone, at) })}
      </Text>
      <Text size="sm" className="number">
        {word("wizard.here", { moment: momentIn(at, here), zone: zoneName(here, at) })}
      </Text>
      {meant.kind === "skipped" && <Text size="sm">{word("wizard.skipped", { time: fields.time })}</Text>}
      {meant.kind === "twice" && <Text size="sm">{word("wizard.twice", { time: fields.time })}</Text>}
    </Alert>
  );
}
