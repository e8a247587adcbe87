/** What is shown where a page cannot be. */
import { Button, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import { Page } from "./Page";
import { useWords } from "./texts";

/** A fault of ours, or a page whose files a new deployment replaced: loading anew mends the second at once. */
export function Broken() {
  const word = useWords();
  return (
    <Page title={word("broken.title")}>
      <Text>{word("broken.text")}</Text>
      <Group>
        <Button onClick={() => location.reload()}>{word("broken.reload")}</Button>
        <Button variant="default" component="a" href="/staff">
          {word("broken.start")}
        </Button>
      </Group>
    </Page>
  );
}

export function NoSuchPage() {
  const word = useWords();
  return (
    <Page title={word("no-such-page.title")}>
      <Text>{word("no-such-page.text")}</Text>
      <Group>
        <Button component={Link} to="/staff/sessions">
          {word("no-such-page.sessions")}
        </Button>
      </Group>
    </Page>
  );
}
