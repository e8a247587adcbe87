/** The bar on every page, and what is in its way: nobody signed in, or not any more. */
import { AppShell, Burger, Collapse, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { NavLink, Outlet, useLocation, useSearchParams } from "react-router";
import { MailSettingsLink } from "../mail/links";
import { SignInForm } from "../signin/SignInForm";
import { LINK_CODE, SignInPage } from "../signin/SignInPage";
import { useMay, usePerson, useStanding } from "./access";
import { Dialog } from "./Dialog";
import { useWords as useDirectoryWords } from "../directory/texts";
import { PersonMenu } from "./PersonMenu";
import { useWords } from "./texts";

const HEADER_HEIGHT = 60;

export function Shell() {
  const standing = useStanding();
  const person = usePerson();
  const queries = useQueryClient();
  const word = useWords();
  const [parameters] = useSearchParams();
  const before = useRef(standing);
  useEffect(() => {
    // What failed while nobody was signed in is asked for again.
    if (before.current === "expired" && standing === "signed-in") void queries.invalidateQueries();
    before.current = standing;
  }, [standing, queries]);
  if (standing === "signed-out" || parameters.has(LINK_CODE)) return <SignInPage />;
  return (
    <>
      <Frame />
      {standing === "expired" && (
        <Dialog
          onClose={() => undefined}
          withCloseButton={false}
          closeOnEscape={false}
          closeOnClickOutside={false}
          title={word("sign-in.expired")}
          centered
        >
          <Text mb="md">{word("sign-in.expired-text")}</Text>
          <SignInForm
            beside
            onSignedIn={(who) => {
              if (who.subject !== person?.subject) location.reload();
            }}
          />
        </Dialog>
      )}
    </>
  );
}

function Frame() {
  const word = useWords();
  const { pathname } = useLocation();
  const [opened, { toggle, close }] = useDisclosure();
  const wide = pathname.endsWith("/live");
  return (
    <AppShell header={{ height: HEADER_HEIGHT }} padding={{ base: "md", sm: wide ? "md" : "xl" }}>
      <a className="skip-link" href="#main">
        {word("skip")}
      </a>
      <AppShell.Header bg="var(--examhall-surface)">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="lg" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={word("nav.open")}
              aria-expanded={opened}
              aria-controls="narrow-nav"
            />
            <Text component="span" fw={750} size="lg">
              Examhall
            </Text>
            <Group component="nav" gap={4} visibleFrom="sm" wrap="nowrap" aria-label={word("nav.label")}>
              <Links />
            </Group>
          </Group>
          <PersonMenu />
        </Group>
        <Collapse expanded={opened} hiddenFrom="sm">
          <Stack component="nav" id="narrow-nav" aria-label={word("nav.label")} gap={4} p="md" bg="var(--examhall-surface)" onClick={close}>
            <Links />
          </Stack>
        </Collapse>
      </AppShell.Header>
      <AppShell.Main id="main" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Links() {
  const word = useWords();
  const directoryWord = useDirectoryWords();
  const authors = useMay("scheduler");
  const reviews = useMay("reviewer");
  const people = useMay("scheduler", "proctor");
  return (
    <>
      <NavLink className="nav-link" to="/staff/sessions">
        {word("nav.sessions")}
      </NavLink>
      {people && (
        <NavLink className="nav-link" to="/staff/directory">
          {directoryWord("nav.directory")}
        </NavLink>
      )}
      {authors && (
        <NavLink className="nav-link" to="/staff/assessments">
          {word("nav.assessments")}
        </NavLink>
      )}
      {authors && <MailSettingsLink />}
      {reviews && (
        <NavLink className="nav-link" to="/staff/reviews">
          {word("nav.reviews")}
        </NavLink>
      )}
    </>
  );
}
