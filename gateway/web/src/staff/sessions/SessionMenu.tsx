/** What can be done to a session from anywhere: open, edit, duplicate, cancel. Starting it is the live page's. */
import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState, type SyntheticEvent } from "react";
import { Link } from "react-router";
import { useMay } from "../app/access";
import { Failure } from "../app/Failure";
import type { SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone, tellFailure } from "../app/told";
import { useStep, type Step } from "./queries";

export function SessionMenu({ session }: { session: SessionView }) {
  const word = useWords();
  const plans = useMay("scheduler");
  const conducts = useMay("scheduler", "proctor");
  const step = useStep();
  const [cancelling, cancel] = useDisclosure();
  const address = `/staff/sessions/${session.session_id}`;
  const { state } = session;
  const take = (verb: Step["verb"]) =>
    step.mutate({ session, verb }, { onSuccess: () => tellDone(word(`session.${verb}-done`)), onError: tellFailure });
  if (!conducts) return null;
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={word("session.menu", { name: session.settings.name })} loading={step.isPending}>
            <span aria-hidden>⋯</span>
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {state === "draft" && plans && <Menu.Item onClick={() => take("schedule")}>{word("session.schedule")}</Menu.Item>}
          {state === "scheduled" && <Menu.Item onClick={() => take("open")}>{word("session.open")}</Menu.Item>}
          {plans && state !== "cancelled" && (
            <Menu.Item component={Link} to={`${address}/edit`}>
              {word("session.edit")}
            </Menu.Item>
          )}
          {plans && (
            <Menu.Item component={Link} to={`${address}/duplicate`}>
              {word("session.duplicate")}
            </Menu.Item>
          )}
          <Menu.Item component={Link} to={`${address}/live`}>
            {word("session.live")}
          </Menu.Item>
          {(state === "draft" || state === "scheduled" || state === "open") && (
            <>
              <Menu.Divider />
              <Menu.Item color="red" onClick={cancel.open}>
                {word("session.cancel")}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <CancelSession session={session} opened={cancelling} onClose={cancel.close} />
    </>
  );
}

function CancelSession({ session, opened, onClose }: { session: SessionView; opened: boolean; onClose: () => void }) {
  const word = useWords();
  const step = useStep();
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setMissing(reason.trim() === "");
    if (reason.trim() === "") return;
    step.mutate(
      { session, verb: "cancel", reason },
      {
        onSuccess: () => {
          tellDone(word("session.cancel-done"));
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened={opened} onClose={onClose} title={word("session.cancel-title", { name: session.settings.name })} closeButtonProps={{ "aria-label": word("close") }}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text>{word("session.cancel-text")}</Text>
          {step.isError && <Failure error={step.error} />}
          <Textarea
            label={word("reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={missing && reason.trim() === "" ? word("reason-missing") : null}
            maxLength={500}
            autosize
            minRows={2}
            data-autofocus
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {word("session.keep")}
            </Button>
            <Button color="red" type="submit" loading={step.isPending}>
              {word("session.cancel")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
