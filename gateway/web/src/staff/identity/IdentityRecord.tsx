/** One person's verification, looked up: how it stands, who decided, and the pictures or what became of them. */
import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { momentHere } from "../../i18n/moments";
import { asProblem } from "../../api/problem";
import { Dialog } from "../app/Dialog";
import { Answer } from "../app/Failure";
import { FailureNote } from "../app/FailureNote";
import { tellDone } from "../app/told";
import styles from "./identity.module.css";
import { Pictures } from "./Pictures";
import { useDecide, useIdentity, type Identity } from "./queries";
import { useWords } from "./texts";

interface Props {
  participantId: string;
  name: string;
  /** Has come and is not admitted yet, so a decision is still possible. */
  waits: boolean;
  close: () => void;
}

export function IdentityRecord({ participantId, name, waits, close }: Props) {
  const t = useWords();
  const query = useIdentity(participantId);
  return (
    <Dialog onClose={close} title={t("identity.record-of", { name })} size="xl">
      <Answer query={query}>{(identity) => <Found identity={identity} waits={waits} />}</Answer>
    </Dialog>
  );
}

function Found({ identity, waits }: { identity: Identity; waits: boolean }) {
  const t = useWords();
  const decide = useDecide();
  const [shown, setShown] = useState(false);
  const { state, decided_by_name, decided_at, reason, images, images_deleted_at, images_deletion, name } = identity;
  const facts = [
    [t("identity.state"), t(`identity.state.${state}`)],
    ...(decided_by_name === null || decided_at === null ? [] : [[t("identity.decided-by"), t("identity.decided", { name: decided_by_name, moment: momentHere(decided_at) })]]),
    ...(reason === null ? [] : [[t("identity.reason"), reason]]),
  ] as const;
  return (
    <Stack gap="md">
      <dl className={styles.facts}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      {images_deleted_at !== null && images_deletion !== null && (
        <Text>{t("identity.deleted", { moment: momentHere(images_deleted_at), why: t(`identity.why.${images_deletion}`) })}</Text>
      )}
      {images.length > 0 &&
        (shown ? (
          <Pictures identity={identity} />
        ) : (
          <div>
            <Button variant="default" onClick={() => setShown(true)}>
              {t("identity.show-pictures")}
            </Button>
            <Text size="xs" c="dimmed" mt="xs">
              {t("identity.looks-recorded")}
            </Text>
          </div>
        ))}
      {waits && state === "missing" && (
        <div>
          <Button
            loading={decide.isPending}
            onClick={() => decide.mutate({ who: identity, verdict: "confirm" }, { onSuccess: () => tellDone(t("identity.confirmed", { name })) })}
          >
            {t("identity.in-person")}
          </Button>
          <Text size="xs" c="dimmed" mt="xs">
            {t("identity.in-person-hint")}
          </Text>
        </div>
      )}
      <FailureNote problem={decide.error === null ? null : asProblem(decide.error)} />
    </Stack>
  );
}
