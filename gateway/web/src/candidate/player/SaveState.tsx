/** The honest state of what was answered: on the server, on its way, or kept on this computer. */
import { useEffect, useRef, useState } from "react";
import { announce } from "../announce";
import { savingOf, type Saving } from "../attempt";
import { useAttempt } from "../roomContext";
import { useWords, type Key } from "../texts";

/** A short hop to the server is not worth a flicker. */
const CALM_MS = 300;

export function SaveState() {
  const t = useWords();
  const attempt = useAttempt();
  const now = savingOf(attempt);
  const saving = useCalm(now);
  const offlineKey: Key = attempt.durable ? "saving.offline" : "saving.offline-open";
  const text = saving === "offline" ? t(offlineKey, { count: attempt.unsaved }) : t(`saving.${saving}`);
  // Each answer's way is not worth a word; that the network went, and that all is well again, is.
  const wasOffline = useRef(false);
  useEffect(() => {
    if (saving === "offline") announce(t(offlineKey, { count: 0 }));
    else if (saving === "saved" && wasOffline.current) announce(t("saving.saved"));
    if (saving !== "saving") wasOffline.current = saving === "offline";
  }, [saving, offlineKey, t]);
  return (
    <span className={`save save-${saving}`} data-saving={now}>
      <span className="save-dot" aria-hidden="true" />
      {text}
    </span>
  );
}

function useCalm(saving: Saving): Saving {
  const [shown, setShown] = useState(saving);
  useEffect(() => {
    const timer = setTimeout(() => setShown(saving), saving === "saving" ? CALM_MS : 0);
    return () => clearTimeout(timer);
  }, [saving]);
  return shown;
}
