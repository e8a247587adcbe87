/** Who is signed in; how the pages look; signing out. */
import { Button, Menu, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { changeLanguage, LANGUAGES, useLanguage, type Language } from "../../i18n/text";
import { AccountLinks } from "../accounts/AccountLinks";
import { signOut, usePerson } from "./access";
import { useWords, valueText } from "./texts";
import { tellFailure } from "./told";

const SCHEMES: MantineColorScheme[] = ["light", "dark", "auto"];

export function PersonMenu() {
  const word = useWords();
  const person = usePerson();
  const queries = useQueryClient();
  const language = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const leave = async () => {
    queries.clear();
    await signOut();
  };
  const speak = async (code: Language) => {
    if (!(await changeLanguage(code))) tellFailure(new Error(word("language.later")));
  };
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <Button variant="subtle" color="gray" c="var(--mantine-color-text)" px="sm" maw={240} aria-label={word("person.menu", { name: person?.name ?? "" })}>
          <Text component="span" truncate="end" fw={500}>
            {person?.name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{person?.roles.map((role) => valueText("role", role)).join(", ")}</Menu.Label>
        <Menu.Divider />
        <AccountLinks />
        <Menu.Label>{word("theme.label")}</Menu.Label>
        {SCHEMES.map((scheme) => (
          <Menu.Item key={scheme} onClick={() => setColorScheme(scheme)} rightSection={colorScheme === scheme ? <Chosen /> : null}>
            {valueText("theme", scheme)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{word("language.label")}</Menu.Label>
        {(Object.entries(LANGUAGES) as [Language, string][]).map(([code, name]) => (
          <Menu.Item key={code} lang={code} onClick={() => void speak(code)} rightSection={language === code ? <Chosen /> : null}>
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void leave().catch(tellFailure)}>{word("sign-out")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Chosen() {
  const word = useWords();
  return (
    <span role="img" aria-label={word("chosen")}>
      ✓
    </span>
  );
}
