/** What can be done to a session from anywhere: open, edit, duplicate, keep as a template, cancel. Starting it is the live page's. */
import { ActionIcon, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "react-router";
import { useMay } from "../app/access";
import { ReasonDialog } from "../app/ReasonDialog";
import type { SessionView } from "../app/resources";
import { useWords } from "../app/texts";
import { tellDone, tellFailure } from "../app/told";
import { Icon } from "../live/icons";
import { useStep, type Step } from "./queries";
import { SaveTemplate } from "./SaveTemplate";

export function SessionMenu({ session }: { session: SessionView }) {
  const word = useWords();
  const plans = useMay("scheduler");
  const conducts = useMay("scheduler", "proctor");
  const step = useStep();
  const [cancelling, cancel] = useDisclosure();
  const [keeping, keep] = useDisclosure();
  const address = `/staff/sessions/${session.session_id}`;
  const { state } = session;
  const take = (verb: Step["verb"]) =>
    step.mutate({ session, verb }, { onSuccess: () => tellDone(word(`session.${verb}-done`)), onError: tellFailure });
  if (!conducts) return null;
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={word("session.menu", { name: session.settings.name })}
            loading={step.isPending}
          >
            <Icon name="more" />
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
          {plans && <Menu.Item onClick={keep.open}>{word("template.save")}…</Menu.Item>}
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
      {cancelling && <CancelSession session={session} onClose={cancel.close} />}
      {keeping && <SaveTemplate session={session} onClose={keep.close} />}
    </>
  );
}

function CancelSession({ session, onClose }: { session: SessionView; onClose: () => void }) {
  const word = useWords();
  const step = useStep();
  const cancelled = () => {
    tellDone(word("session.cancel-done"));
    onClose();
  };
  return (
    <ReasonDialog
      title={word("session.cancel-title", { name: session.settings.name })}
      text={word("session.cancel-text")}
      about={word("reason-they-read")}
      button={word("session.cancel")}
      back={word("session.keep")}
      error={step.error}
      pending={step.isPending}
      onClose={onClose}
      onReason={(reason) => step.mutate({ session, verb: "cancel", reason }, { onSuccess: cancelled })}
    />
  );
}
