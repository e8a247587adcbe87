/** An item as candidates see it, without anything to fill in and without its key. */
import { Checkbox, Group, Radio, SimpleGrid, Stack, Text } from "@mantine/core";
import { Prose } from "../app/Prose";
import type { AssessmentView } from "../app/resources";
import { useWords } from "../app/texts";

type Item = AssessmentView["content"]["sections"][number]["items"][number];

export function ItemPreview({ item }: { item: Item }) {
  return (
    <Stack gap="md">
      <Prose text={item.type === "fill_in" ? item.prompt.replaceAll(/\{\{[^}]+\}\}/g, "____") : item.prompt} />
      <Answers item={item} />
    </Stack>
  );
}

function Answers({ item }: { item: Item }) {
  const word = useWords();
  switch (item.type) {
    case "single_choice":
      return item.choices.map((choice) => <Radio key={choice.choice_id} label={<Prose text={choice.text} inline />} readOnly checked={false} onChange={() => undefined} />);
    case "multiple_choice":
      return item.choices.map((choice) => <Checkbox key={choice.choice_id} label={<Prose text={choice.text} inline />} readOnly checked={false} onChange={() => undefined} />);
    case "true_false":
      return (
        <Group>
          <Radio label={word("item.true")} readOnly checked={false} onChange={() => undefined} />
          <Radio label={word("item.false")} readOnly checked={false} onChange={() => undefined} />
        </Group>
      );
    case "ordering":
      return (
        <ol>
          {item.choices.map((choice) => (
            <li key={choice.choice_id}>
              <Prose text={choice.text} inline />
            </li>
          ))}
        </ol>
      );
    case "matching":
      return (
        <SimpleGrid cols={2}>
          <ul>
            {item.sources.map((choice) => (
              <li key={choice.choice_id}>{choice.text}</li>
            ))}
          </ul>
          <ul>
            {item.targets.map((choice) => (
              <li key={choice.choice_id}>{choice.text}</li>
            ))}
          </ul>
        </SimpleGrid>
      );
    case "numeric":
      return <Note>{item.unit === "" ? word("item.numeric") : word("item.numeric-unit", { unit: item.unit })}</Note>;
    case "short_text":
      return <Note>{word("item.short-text")}</Note>;
    case "fill_in":
      return <Note>{word("item.fill-in", { count: item.blanks.length })}</Note>;
    case "essay":
      return <Note>{item.words_max == null ? word("item.essay") : word("item.essay-words", { count: item.words_max })}</Note>;
  }
}

function Note({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}
