/** What is asked of candidates' browsers, and of what proctors are told. */
import { Button, Fieldset, Group, NumberInput, Radio, Select, Stack, Table, Text } from "@mantine/core";
import type { Form } from "./form";
import { applies, KINDS, RULES, type RuleKind } from "./security";
import { useSecurityWords } from "./securityTexts";

const SEVERITIES = ["off", "notice", "warning", "critical"] as const;

export function SecurityStep({ form }: { form: Form }) {
  const word = useSecurityWords();
  const shown = KINDS.filter((kind) => applies(kind, form.values));
  const tellAll = (told: (kind: RuleKind) => (typeof SEVERITIES)[number]) => form.setValues(Object.fromEntries(shown.map((kind) => [`${kind}_told`, told(kind)])));
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed">
        {word("security.fixed")}
      </Text>
      <Radio.Group label={word("security.lockdown")} {...form.getInputProps("lockdown")}>
        <Stack gap="xs" mt="xs">
          <Radio value="off" label={word("security.lockdown.off")} />
          <Radio value="in_page" label={word("security.lockdown.in_page")} description={word("security.lockdown.in_page-hint")} />
          <Radio value="safe_exam_browser" label={word("security.lockdown.safe_exam_browser")} description={word("security.lockdown.safe_exam_browser-hint")} />
        </Stack>
      </Radio.Group>
      <Radio.Group label={word("security.sharing")} {...form.getInputProps("screen_sharing")}>
        <Stack gap="xs" mt="xs">
          <Radio value="off" label={word("security.sharing.off")} />
          <Radio value="required" label={word("security.sharing.required")} description={word("security.sharing.required-hint")} />
        </Stack>
      </Radio.Group>
      <Fieldset legend={word("security.rules")}>
        <Text size="sm" c="dimmed">
          {word("security.rules-lead")}
        </Text>
        <Group gap="sm" my="sm">
          <Button variant="default" size="xs" onClick={() => tellAll((kind) => RULES[kind].usual)}>
            {word("security.usual")}
          </Button>
          <Button variant="default" size="xs" onClick={() => tellAll((kind) => (kind === "screen_share_stopped" ? "critical" : "off"))}>
            {word("security.none")}
          </Button>
        </Group>
        <Table verticalSpacing="xs" horizontalSpacing="xs" className="stacked">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{word("security.rule")}</Table.Th>
              <Table.Th>{word("security.severity")}</Table.Th>
              <Table.Th>{word("security.from")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((kind) => (
              <Table.Tr key={kind}>
                <Table.Td>{word(`security.does.${kind}`)}</Table.Td>
                <Table.Td data-label={word("security.severity")}>
                  <Select
                    aria-label={`${word(`security.does.${kind}`)}: ${word("security.severity")}`}
                    data={SEVERITIES.map((value) => ({ value, label: word(`security.severity.${value}`) }))}
                    allowDeselect={false}
                    {...form.getInputProps(`${kind}_told`)}
                  />
                </Table.Td>
                <Table.Td data-label={word("security.from")}>
                  <NumberInput
                    aria-label={`${word(`security.does.${kind}`)}: ${word("security.from")}`}
                    suffix={` ${word(`security.unit.${RULES[kind].unit}`, { count: Number(form.values[`${kind}_from`]) })}`}
                    min={0}
                    allowDecimal={false}
                    disabled={form.values[`${kind}_told`] === "off"}
                    {...form.getInputProps(`${kind}_from`)}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Fieldset>
    </Stack>
  );
}
