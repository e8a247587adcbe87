/** One person after the other: pictures beside name and ID, and a decision. By mouse, by touch or by single keys. */
import { Button, Chip, Group, Stack, Text } from "@mantine/core";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { asProblem } from "../../api/problem";
import { IDENTITY_TRIES_MAX } from "../../api/generated/limits";
import { Dialog } from "../app/Dialog";
import { Answer } from "../app/Failure";
import { FailureNote } from "../app/FailureNote";
import { ReasonField } from "../app/ReasonField";
import { tellDone } from "../app/told";
import styles from "./identity.module.css";
import { Pictures } from "./Pictures";
import { useDecide, usePicture, useQueue, type Identity, type Image } from "./queries";
import { useWords, type Key } from "./texts";

const REASONS = ["face-hidden", "document-unreadable", "name-differs", "face-differs", "document-expired"] as const;
const KEYS = { c: "confirm", r: "reject", l: "later" } as const;
const TYPING = "input:not([type=radio]), textarea, [contenteditable=true]";

export function VerifyDialog({ sessionId, close }: { sessionId: string; close: () => void }) {
  const t = useWords();
  const queue = useQueue(sessionId, "submitted", true);
  /** Put off; they come again after the others. */
  const [later, setLater] = useState<readonly string[]>([]);
  return (
    <Dialog onClose={close} title={t("identity.title")} size="xl">
      <Answer query={queue}>
        {({ items, waiting }) => {
          const next = items.toSorted((one, other) => later.indexOf(one.participant_id) - later.indexOf(other.participant_id))[0];
          if (next === undefined) return <Text role="status">{t("identity.nobody")}</Text>;
          return (
            <Stack gap="md">
              <Text size="sm" c="dimmed" role="status">
                {t("identity.left", { count: waiting.submitted ?? items.length })}
              </Text>
              <OnePerson
                key={`${next.participant_id}-${next.submission}`}
                identity={next}
                putOff={() => setLater([...later.filter((each) => each !== next.participant_id), next.participant_id])}
              />
            </Stack>
          );
        }}
      </Answer>
    </Dialog>
  );
}

function OnePerson({ identity, putOff }: { identity: Identity; putOff: () => void }) {
  const t = useWords();
  const decide = useDecide();
  const [rejecting, setRejecting] = useState(false);
  // Held here, so that no picture is fetched twice while this person is looked at.
  usePicture(identity, "face");
  usePicture(identity, "document");
  // Nobody is confirmed unseen, by a key pressed too early either.
  const [drawn, setDrawn] = useState<readonly Image[]>([]);
  const seen = drawn.includes("face") && drawn.includes("document");
  const { name } = identity;
  const confirm = () => {
    if (seen && !decide.isPending) decide.mutate({ who: identity, verdict: "confirm" }, { onSuccess: () => tellDone(t("identity.confirmed", { name })) });
  };
  const reject = (reason: string) => {
    if (!decide.isPending) decide.mutate({ who: identity, verdict: "reject", reason }, { onSuccess: () => tellDone(t("identity.rejected", { name })) });
  };
  useKeys(!rejecting, { confirm, reject: () => setRejecting(true), later: putOff });
  return (
    <>
      <dl className={styles.facts}>
        <Fact name={t("identity.name")} value={name} />
        <Fact name={t("identity.external-id")} value={identity.external_id ?? t("identity.no-id")} />
        <Fact name={t("identity.state")} value={t("identity.try", { number: identity.submission, max: IDENTITY_TRIES_MAX })} />
      </dl>
      {rejecting ? (
        <Rejecting reject={reject} busy={decide.isPending} back={() => setRejecting(false)} />
      ) : (
        <>
          <Pictures identity={identity} seen={(image) => setDrawn((before) => [...before, image])} />
          <Text>{t("identity.compare")}</Text>
          <Group justify="space-between">
            <Button variant="subtle" onClick={putOff}>
              {t("identity.later")}
            </Button>
            <Group>
              <Button variant="default" onClick={() => setRejecting(true)}>
                {t("identity.reject")}
              </Button>
              <Button onClick={confirm} loading={decide.isPending} disabled={!seen}>
                {t("identity.confirm")}
              </Button>
            </Group>
          </Group>
          <Text size="xs" c="dimmed">
            {t("identity.keys", { confirm: "C", reject: "R", later: "L" })} {t("identity.looks-recorded")}
          </Text>
        </>
      )}
      <FailureNote problem={decide.error === null ? null : asProblem(decide.error)} />
    </>
  );
}

function Rejecting({ reject, busy, back }: { reject: (reason: string) => void; busy: boolean; back: () => void }) {
  const t = useWords();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const missing = reason.trim() === "";
  const form = useRef<HTMLFormElement>(null);
  // The button that led here is gone, and with it the focus.
  useEffect(() => form.current?.querySelector("textarea")?.focus(), []);
  const words = REASONS.map((each) => t(`identity.reason.${each}` satisfies Key));
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!missing) reject(reason.trim());
      }}
    >
      <Stack gap="md">
        <Chip.Group value={words.includes(reason) ? reason : null} onChange={(value) => setReason(value)}>
          <Group gap="xs" role="radiogroup" aria-label={t("identity.reasons")}>
            {words.map((each) => (
              <Chip key={each} value={each}>
                {each}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <ReasonField value={reason} onChange={setReason} about={t("identity.reason-shown")} missing={tried && missing} />
        <Group justify="flex-end">
          <Button variant="default" onClick={back}>
            {t("identity.back")}
          </Button>
          <Button type="submit" color="red.9" loading={busy}>
            {t("identity.reject-now")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}

/** Single keys, never while somebody types. */
function useKeys(on: boolean, does: Readonly<Record<(typeof KEYS)[keyof typeof KEYS], () => void>>): void {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
    if (event.target instanceof Element && event.target.closest(TYPING) !== null) return;
    const key = event.key.toLowerCase();
    if (!(key in KEYS)) return;
    event.preventDefault();
    does[KEYS[key as keyof typeof KEYS]]();
  });
  useEffect(() => {
    if (!on) return;
    const listen = (event: KeyboardEvent) => pressed(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [on]);
}
