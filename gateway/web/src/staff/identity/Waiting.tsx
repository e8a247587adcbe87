/** How many wait for their identity to be verified, and the way to them. Shown where people are admitted. */
import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { orReload } from "../../deployment";
import { useMay } from "../app/access";
import { Icon } from "../live/icons";
import styles from "./waiting.module.css";
import { useQueue } from "./queries";
import { useWords } from "./texts";

const VerifyDialog = lazy(async () => ({ default: (await orReload(import("./VerifyDialog"))).VerifyDialog }));

export function IdentitiesWaiting({ sessionId }: { sessionId: string }) {
  const t = useWords();
  const decides = useMay("proctor");
  const queue = useQueue(sessionId, "submitted", decides);
  const [open, setOpen] = useState(false);
  const submitted = queue.data?.waiting.submitted ?? 0;
  const unsent = (queue.data?.waiting.missing ?? 0) + (queue.data?.waiting.rejected ?? 0);
  if (!decides || (submitted === 0 && unsent === 0 && !open)) return null;
  return (
    <div className={styles.waiting} role="status">
      <Icon name="person" />
      <span>
        {submitted > 0 && t("identity.waiting", { count: submitted })} {unsent > 0 && <span className={styles.quiet}>{t("identity.unsent", { count: unsent })}</span>}
      </span>
      {submitted > 0 && (
        <Button size="xs" ms="auto" onClick={() => setOpen(true)}>
          {t("identity.verify")}
        </Button>
      )}
      {open && (
        <Suspense>
          <VerifyDialog sessionId={sessionId} close={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}
